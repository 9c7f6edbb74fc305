/**
 * Erlang/OTP documentation, Distribution Protocol, sections "Distribution Handshake" (General) and "Protocol between
 * Connected Nodes": every message has its length in front, in big-endian order. Two bytes over TCP until the handshake is
 * done, four afterwards, and four from the first byte over TLS (`{packet, 4}` in OTP's inet_tls_dist). An empty frame is a
 * tick: a sign of life.
 */
import { SlipwayError } from '../kernel/index.ts';

export type HeaderBytes = 2 | 4;

/** Larger frames than a whole release would make; what announces more is no Erlang node, or a hostile one. */
export const MAX_FRAME_BYTES = 256 * 1024 ** 2;

const EMPTY = new Uint8Array(0);

/** A copy of so much costs more than another write. */
export const COPIED_BYTES = 16 * 1024;

/**
 * Cuts a stream of chunks into frames. A frame within one chunk is a view of it; one that spans several is copied once, when
 * it is complete. Memory is taken for bytes that came, not for those announced.
 */
export class FrameReader {
  /** May be changed between two frames: after the handshake over TCP it goes from 2 to 4. */
  headerBytes: HeaderBytes;
  /** The same: what a handshake message may take is far less than what a message may. */
  maxBytes: number;
  private chunks: Uint8Array[] = [];
  /** How much of the first chunk is used up. */
  private offset = 0;
  private buffered = 0;
  /** Length of the frame whose header was read already. */
  private announced: number | null = null;

  constructor(options: { headerBytes: HeaderBytes; maxBytes: number }) {
    this.headerBytes = options.headerBytes;
    this.maxBytes = options.maxBytes;
  }

  /** What has come and was not taken yet. */
  get bufferedBytes(): number {
    return this.buffered;
  }

  push(chunk: Uint8Array): void {
    if (chunk.length === 0) return;
    this.chunks.push(chunk);
    this.buffered += chunk.length;
  }

  /** The next whole frame without its header (empty: a tick), or null until more chunks come. Throws `otp_refused`. */
  next(): Uint8Array | null {
    if (this.announced === null) {
      if (this.buffered < this.headerBytes) return null;
      this.announced = this.readLength();
    }
    if (this.buffered < this.announced) return null;
    const frame = this.take(this.announced);
    this.announced = null;
    return frame;
  }

  /** The bytes that wait at the front, for a guess at what the peer speaks. */
  peek(): Uint8Array {
    return this.chunks[0]?.subarray(this.offset) ?? EMPTY;
  }

  private readLength(): number {
    let bytes = 0;
    for (let i = 0; i < this.headerBytes; i++) bytes = bytes * 256 + this.takeByte();
    if (bytes > this.maxBytes)
      throw new SlipwayError('otp_refused', {
        message: `a message of ${bytes} bytes was announced, and ${this.maxBytes} are allowed`,
        hint: 'what answers on this port is no Erlang node, or it sends what nobody asked for',
      });
    return bytes;
  }

  private takeByte(): number {
    const byte = this.chunks[0]?.[this.offset] as number;
    this.consume(1);
    return byte;
  }

  private take(bytes: number): Uint8Array {
    const first = this.chunks[0];
    if (bytes === 0 || !first) return EMPTY;
    const end = this.offset + bytes;
    if (end > first.length) return this.gather(bytes);
    const taken = first.subarray(this.offset, end);
    this.consume(bytes);
    return taken;
  }

  private gather(bytes: number): Uint8Array {
    const whole = Buffer.allocUnsafe(bytes);
    let filled = 0;
    let used = 0;
    let { offset } = this;
    while (filled < bytes) {
      const chunk = this.chunks[used] ?? EMPTY;
      const part = chunk.subarray(offset, offset + bytes - filled);
      whole.set(part, filled);
      filled += part.length;
      offset += part.length;
      if (offset < chunk.length) break;
      offset = 0;
      used++;
    }
    this.chunks.splice(0, used);
    this.offset = offset;
    this.buffered -= bytes;
    return whole;
  }

  /** Takes bytes from the first chunk, which has that many. */
  private consume(bytes: number): void {
    this.offset += bytes;
    this.buffered -= bytes;
    if (this.offset < (this.chunks[0]?.length ?? 0)) return;
    this.chunks.shift();
    this.offset = 0;
  }
}

/**
 * What to write for one frame, header first. The parts of a small frame are put together, because one write is cheaper
 * than many; those of a large one are handed on as they are. Throws `term_malformed`.
 */
export function frame(parts: readonly Uint8Array[], headerBytes: HeaderBytes): Uint8Array[] {
  const bytes = parts.reduce((sum, part) => sum + part.length, 0);
  if (bytes > MAX_FRAME_BYTES)
    throw new SlipwayError('term_malformed', {
      message: `a message of ${bytes} bytes is too large to send: ${MAX_FRAME_BYTES} are allowed`,
      hint: 'nothing of it was sent, and the connection goes on',
    });
  const isCopied = bytes <= COPIED_BYTES;
  const head = Buffer.allocUnsafe(headerBytes + (isCopied ? bytes : 0));
  head.writeUIntBE(bytes, 0, headerBytes);
  if (!isCopied) return [head, ...parts];
  let at: number = headerBytes;
  for (const part of parts) {
    head.set(part, at);
    at += part.length;
  }
  return [head];
}
