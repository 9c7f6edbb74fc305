// External Term Format, section BINARY_EXT.

/** A binary. One that was decoded is a part of the bytes that it came in, not a copy: it holds them as long as it lives. */
export class Binary {
  declare readonly buffer: Buffer;
  declare readonly start: number;
  declare readonly end: number;

  constructor(buffer: Buffer, start: number, end: number) {
    this.buffer = buffer;
    this.start = start;
    this.end = end;
  }

  /** A binary of bytes, which are not copied, or of a text as UTF-8. */
  static of(bytes: Uint8Array | string): Binary {
    const buffer = typeof bytes === 'string' ? Buffer.from(bytes) : asBuffer(bytes);
    return new Binary(buffer, 0, buffer.length);
  }

  get byteLength(): number {
    return this.end - this.start;
  }

  get bytes(): Uint8Array {
    return this.buffer.subarray(this.start, this.end);
  }

  /** Read as UTF-8. */
  toString(): string {
    return this.buffer.toString('utf8', this.start, this.end);
  }
}

export const binary = Binary.of;

/** The same memory as a Buffer. */
export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
