import { COPIED_BYTES } from './frame.ts';

const HEADER_BYTES = 4;

/** Room for hundreds of calls. */
const CHUNK_BYTES = 64 * 1024;

/**
 * Small frames that leave in one write: one behind the other in the same memory, each with its length in front. For many
 * of them that costs far less than a buffer and a write for each.
 */
export class FrameBatch {
  private chunk = Buffer.allocUnsafeSlow(CHUNK_BYTES);
  /** What is before was taken, and may still wait to be sent: it is not written to again. */
  private start = 0;
  private end = 0;

  get sizeBytes(): number {
    return this.end - this.start;
  }

  /** False where the frame is too large for any batch, or for what is left of this one, which is to be taken then. */
  add(payload: Uint8Array): boolean {
    const { chunk, end } = this;
    if (payload.length > COPIED_BYTES || chunk.length - end < HEADER_BYTES + payload.length) return false;
    chunk.writeUInt32BE(payload.length, end);
    chunk.set(payload, end + HEADER_BYTES);
    this.end = end + HEADER_BYTES + payload.length;
    return true;
  }

  /** What was added since the last time. */
  take(): Uint8Array {
    const bytes = this.chunk.subarray(this.start, this.end);
    this.start = this.end;
    if (this.chunk.length - this.end < HEADER_BYTES + COPIED_BYTES) this.renew();
    return bytes;
  }

  private renew(): void {
    this.chunk = Buffer.allocUnsafeSlow(CHUNK_BYTES);
    this.start = 0;
    this.end = 0;
  }
}
