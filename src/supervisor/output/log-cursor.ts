import type { Matcher } from './grep.ts';
import { type Line, LineSplitter } from './lines.ts';
import { logSpan } from './log-span.ts';
import { readBytes } from './read-bytes.ts';

/** One log that is read forward, line by line, over rotations. */
export class LogCursor {
  readonly file: string;
  private readonly matcher: Matcher | null;
  private position: number;
  private splitter = new LineSplitter();
  /** Whether to leave out what comes before the first newline: `position` may be within a line. */
  private isWithinLine: boolean;

  /** `from`: absolute offset; of a line's start, unless `isWithinLine` says that it may be anywhere. */
  constructor(options: { file: string; from: number; isWithinLine: boolean; matcher: Matcher | null }) {
    this.file = options.file;
    this.matcher = options.matcher;
    this.isWithinLine = options.isWithinLine && options.from > 0;
    // The byte before tells whether a line begins here.
    this.position = this.isWithinLine ? options.from - 1 : options.from;
  }

  /** Matching lines up to an absolute offset, chunk by chunk. One without its newline is kept for the next call. */
  async *linesUntil(until: number): AsyncGenerator<Line[]> {
    for await (const chunk of readBytes({ file: this.file, from: this.position, until })) {
      // What was between is kept no longer: neither are the halves of a line to be joined.
      if (chunk.offset > this.position) yield this.rest();
      if (chunk.offset > this.position) this.isWithinLine = false;
      this.position = chunk.offset + chunk.bytes.length;
      const lines = this.splitter.push(chunk);
      if (this.isWithinLine && lines.length > 0) {
        lines.shift();
        this.isWithinLine = false;
      }
      yield this.matching(lines);
    }
  }

  /** Lines that came since, and where somebody truncated the log, all that it holds now. */
  async *newLines(): AsyncGenerator<Line[]> {
    const { start, end } = logSpan(this.file);
    if (end < this.position) {
      this.position = start;
      this.splitter = new LineSplitter();
    }
    yield* this.linesUntil(end);
  }

  /** The last line, if it has no newline yet. */
  rest(): Line[] {
    return this.isWithinLine ? [] : this.matching(this.splitter.rest());
  }

  private matching(lines: Line[]): Line[] {
    if (!this.matcher || lines.length === 0) return lines;
    const { matcher } = this;
    return lines.filter(({ text }) => matcher(text));
  }
}
