import { setImmediate } from 'node:timers/promises';
import { Turns } from '../../kernel/index.ts';
import type { Matcher } from './grep.ts';
import { type Line, LineSplitter } from './lines.ts';
import { fileStart, logSpan } from './log-span.ts';
import { readBytes } from './read-bytes.ts';
import { recentSpan } from './recent-span.ts';

const turns = new Turns();

export interface CursorOptions {
  file: string;
  /** Absolute offset; of a line's start, unless `isWithinLine` says that it may be anywhere. */
  from: number;
  isWithinLine: boolean;
  matcher: Matcher | null;
  /** Held of the log at once. */
  chunkBytes: number;
  pieceBytes: number;
}

/** One log that is read forward, line by line, over rotations. */
export class LogCursor {
  readonly file: string;
  private readonly options: CursorOptions;
  private position: number;
  private splitter: LineSplitter;
  /** Whether to leave out what comes before the first newline: `position` may be within a line. */
  private isWithinLine: boolean;
  /** What the expression says of the line whose pieces come. */
  private isMatch = false;

  constructor(options: CursorOptions) {
    this.file = options.file;
    this.options = options;
    this.isWithinLine = options.isWithinLine && options.from > 0;
    // The byte before tells whether a line begins here.
    this.position = this.isWithinLine ? options.from - 1 : options.from;
    this.splitter = this.newSplitter(this.isWithinLine);
  }

  /** Matching lines up to an absolute offset, chunk by chunk. One without its newline is kept for the next call. */
  async *linesUntil(until: number): AsyncGenerator<Line[]> {
    const { chunkBytes, matcher } = this.options;
    for await (const chunk of readBytes({ file: this.file, from: this.position, until, chunkBytes })) {
      // What was between is kept no longer, nor are halves of a line to be joined: a rotated file begins at a line.
      if (chunk.offset > this.position) {
        yield this.rest();
        this.isWithinLine = false;
        this.splitter = this.newSplitter(false);
      }
      this.position = chunk.offset + chunk.bytes.length;
      // What a hundred readers have been given at once they do not work off at once.
      await turns.next();
      yield this.matching(this.fromLineStart(this.splitter.push(chunk)));
      // An expression takes its time, and others want theirs.
      if (matcher) await setImmediate();
    }
  }

  /** Lines that came since, and where somebody truncated the log, all that it holds now. */
  async *newLines(): AsyncGenerator<Line[]> {
    const { end } = recentSpan(this.file);
    if (end >= this.position) return yield* this.linesUntil(end);
    // It was read since that look, or it was truncated.
    const now = logSpan(this.file);
    if (now.end < this.position) this.goTo(fileStart(this.file));
    yield* this.linesUntil(now.end);
  }

  /** Absolute offset up to which the log was read. */
  get reached(): number {
    return this.position;
  }

  /** Goes on at the start of another line. */
  goTo(position: number): void {
    this.position = position;
    this.isWithinLine = false;
    this.splitter = this.newSplitter(false);
  }

  /** The last line, if it has no newline yet. */
  rest(): Line[] {
    return this.isWithinLine ? [] : this.matching(this.splitter.rest());
  }

  private newSplitter(isWithinLine: boolean): LineSplitter {
    return new LineSplitter({ pieceBytes: this.options.pieceBytes, isWithinLine });
  }

  private fromLineStart(lines: Line[]): Line[] {
    if (!this.isWithinLine) return lines;
    const last = lines.findIndex(({ part }) => part === 'last');
    if (last < 0) return [];
    this.isWithinLine = false;
    return lines.slice(last + 1);
  }

  /** The lines that match; of a line in pieces the first one counts. */
  private matching(lines: Line[]): Line[] {
    const { matcher } = this.options;
    if (!matcher) return lines;
    return lines.filter(({ text, part }) => {
      if (part === null) return matcher(text);
      if (part === 'first') this.isMatch = matcher(text);
      return this.isMatch;
    });
  }
}
