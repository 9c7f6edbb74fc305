import type { Chunk } from './read-bytes.ts';

/** Longer lines come in pieces of that. */
export const PIECE_BYTES = 1024 * 1024;
const NEWLINE = 10;

export interface Line {
  /** The text without the newline; bytes that are not UTF-8 show as replacement characters. */
  text: string;
  /** Absolute offset of its first byte. */
  start: number;
  /** Absolute offset just behind the line: where to go on reading. */
  end: number;
  /** Which piece of a line it is; null for a whole one. A `last` without a `first` before is a line whose front is kept no longer. */
  part: 'first' | 'middle' | 'last' | null;
}

/** Cuts a stream of bytes into lines, wherever the chunks end. */
export class LineSplitter {
  private readonly pieceBytes: number;
  private partial: Buffer[] = [];
  private partialBytes = 0;
  /** Whether pieces of the line were given already, or it had begun before. */
  private isWithinLine: boolean;
  private end = 0;

  constructor(options: { pieceBytes?: number; isWithinLine?: boolean } = {}) {
    this.pieceBytes = options.pieceBytes ?? PIECE_BYTES;
    this.isWithinLine = options.isWithinLine ?? false;
  }

  push({ offset, bytes }: Chunk): Line[] {
    const lines: Line[] = [];
    let from = 0;
    for (let at = bytes.indexOf(NEWLINE); at >= 0; at = bytes.indexOf(NEWLINE, from)) {
      this.keep({ offset: offset + from, bytes: bytes.subarray(from, at) }, lines);
      this.end = offset + at + 1;
      lines.push(this.take({ isOver: true }));
      from = at + 1;
    }
    this.keep({ offset: offset + from, bytes: bytes.subarray(from) }, lines);
    // The chunk is good until the next one comes.
    const last = this.partial.pop();
    if (last) this.partial.push(Buffer.from(last));
    return lines;
  }

  /** What came after the last newline, if anything. */
  rest(): Line[] {
    if (this.partialBytes === 0) return [];
    const line = this.take({ isOver: true });
    // No newline belongs to it.
    return [{ ...line, start: line.start + 1 }];
  }

  private keep({ offset, bytes }: Chunk, lines: Line[]): void {
    let from = 0;
    while (this.partialBytes + bytes.length - from > this.pieceBytes) {
      const until = from + this.pieceBytes - this.partialBytes;
      this.hold(bytes.subarray(from, until));
      from = until;
      const piece = Buffer.concat(this.partial);
      const cut = characterStart(piece);
      this.partial = [piece.subarray(0, cut)];
      this.end = offset + from - (piece.length - cut);
      lines.push(this.take({ isOver: false }));
      this.hold(piece.subarray(cut));
    }
    this.hold(bytes.subarray(from));
    this.end = offset + bytes.length;
  }

  private hold(bytes: Buffer): void {
    if (bytes.length === 0) return;
    this.partial.push(bytes);
    this.partialBytes += bytes.length;
  }

  private take({ isOver }: { isOver: boolean }): Line {
    const [only] = this.partial;
    const bytes = this.partial.length === 1 && only ? only : Buffer.concat(this.partial);
    const part = this.isWithinLine ? (isOver ? 'last' : 'middle') : isOver ? null : 'first';
    // The newline belongs to the line.
    const start = this.end - bytes.length - (isOver ? 1 : 0);
    this.partial = [];
    this.partialBytes = 0;
    this.isWithinLine = !isOver;
    return { text: bytes.toString('utf8'), start, end: this.end, part };
  }
}

/** Where the character begins that may not be complete at the end of the bytes; the end where they are no UTF-8. */
function characterStart(bytes: Buffer): number {
  for (let start = bytes.length - 1; start > 0 && start > bytes.length - 4; start--) {
    const byte = bytes[start] ?? 0;
    if (byte < 0x80) return bytes.length;
    if (byte >= 0xc0) return start;
  }
  return bytes.length;
}
