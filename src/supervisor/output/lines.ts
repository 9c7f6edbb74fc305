import type { Chunk } from './read-bytes.ts';

/** Longer lines come in pieces of this. */
export const PIECE_BYTES = 1024 * 1024;
const NEWLINE = 10;

export interface Line {
  /** Without the newline; bytes that are not UTF-8 show as replacement characters. */
  text: string;
  /** Absolute offset just behind the line: where to go on reading. */
  end: number;
}

/** Cuts a stream of bytes into lines, wherever the chunks end. */
export class LineSplitter {
  private partial: Buffer[] = [];
  private partialBytes = 0;
  private end = 0;

  push({ offset, bytes }: Chunk): Line[] {
    const lines: Line[] = [];
    let from = 0;
    for (let at = bytes.indexOf(NEWLINE); at >= 0; at = bytes.indexOf(NEWLINE, from)) {
      this.keep(bytes.subarray(from, at));
      this.end = offset + at + 1;
      lines.push(this.take());
      from = at + 1;
    }
    this.keep(bytes.subarray(from));
    this.end = offset + bytes.length;
    if (this.partialBytes >= PIECE_BYTES) lines.push(this.take());
    return lines;
  }

  /** What came after the last newline, if anything. */
  rest(): Line[] {
    return this.partialBytes > 0 ? [this.take()] : [];
  }

  private keep(bytes: Buffer): void {
    if (bytes.length === 0) return;
    this.partial.push(bytes);
    this.partialBytes += bytes.length;
  }

  private take(): Line {
    const [only] = this.partial;
    const bytes = this.partial.length === 1 && only ? only : Buffer.concat(this.partial);
    this.partial = [];
    this.partialBytes = 0;
    return { text: bytes.toString('utf8'), end: this.end };
  }
}
