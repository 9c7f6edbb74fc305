/** Small, as most messages are: it comes from Node's pool. */
const FIRST_BYTES = 512;

/** Bytes that grow as terms are written. Writers ask for room first, then write to `bytes` at `length`. */
export class Output {
  bytes: Buffer = Buffer.allocUnsafe(FIRST_BYTES);
  length = 0;

  /** Makes sure that so many bytes more can be written. */
  room(sizeBytes: number): void {
    if (this.bytes.length - this.length < sizeBytes) this.#grow(sizeBytes);
  }

  byte(value: number): void {
    this.room(1);
    this.bytes[this.length++] = value;
  }

  /** What was written, not a copy. */
  take(): Uint8Array {
    return this.bytes.subarray(0, this.length);
  }

  #grow(sizeBytes: number): void {
    const grown = Buffer.allocUnsafeSlow(Math.max(this.bytes.length * 2, this.length + sizeBytes));
    this.bytes.copy(grown, 0, 0, this.length);
    this.bytes = grown;
  }
}
