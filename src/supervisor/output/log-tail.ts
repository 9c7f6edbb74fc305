import fs from 'node:fs';
import { LineTimes } from './line-times.ts';
import { type Line, LineSplitter } from './lines.ts';
import { fileStart, logSpan } from './log-span.ts';
import { readBytes } from './read-bytes.ts';
import { lastWrite } from './read-logs.ts';
import { readMarks } from './time-marks.ts';

/** A line, and when it was written as far as the looks tell. */
export interface TimedLine extends Line {
  at: string;
  /** False: it was written then at the latest. */
  isExact: boolean;
}

/** Lines that follow each other, and how many bytes before the first one are kept no longer. */
export interface TailRead {
  lines: TimedLine[];
  lostBytes: number;
}

/**
 * One log that is read on from a position, over rotations, by somebody who may be far behind: nothing that is kept is left out, and what
 * is kept no longer is told. Holds a chunk and a piece of a line at once, and nothing between two readings.
 */
export class LogTail {
  readonly file: string;
  private readonly pieceBytes: number;
  private at: number;
  private times: LineTimes | null = null;
  private seen = '';

  /** `from`: absolute offset, behind a line or a piece of one. `pieceBytes`: longer lines come in pieces of that. */
  constructor({ file, from, pieceBytes }: { file: string; from: number; pieceBytes: number }) {
    this.file = file;
    this.at = from;
    this.pieceBytes = pieceBytes;
  }

  /** Absolute offset behind the last line that was given. */
  get position(): number {
    return this.at;
  }

  /** Goes on behind another line. */
  goTo(position: number): void {
    this.at = position;
    this.times = null;
    this.seen = '';
  }

  /** One stat. Whether the log has changed since the last look, or was never looked at. */
  look(withinMs: number): boolean {
    const stat = fs.statSync(this.file, { throwIfNoEntry: false });
    const seen = stat === undefined ? 'none' : `${stat.ino} ${stat.size} ${stat.mtimeMs}`;
    if (seen === this.seen) return false;
    const isFirst = this.seen === '';
    this.seen = seen;
    if (!isFirst) this.times?.looked(logSpan(this.file).end, withinMs);
    return true;
  }

  /** All whole lines that there are now, chunk by chunk; ends early where the caller does. A line without its newline waits. */
  async *read(): AsyncGenerator<TailRead> {
    const span = logSpan(this.file);
    // Somebody truncated it: all that it holds now is new.
    if (span.end < this.at) this.goTo(fileStart(this.file));
    if (span.end === this.at) return;
    this.times ??= new LineTimes(readMarks(this.file), lastWrite(this.file));
    let splitter = this.splitter(await this.isWithinLine());
    let expected = this.at;
    for await (const chunk of readBytes({ file: this.file, from: this.at, until: span.end })) {
      const lostBytes = chunk.offset - expected;
      // What was between is kept no longer, nor are halves of a line to be joined: a rotated file begins at a line.
      if (lostBytes > 0) splitter = this.splitter(false);
      expected = chunk.offset + chunk.bytes.length;
      const lines = splitter.push(chunk).map((line) => this.timed(line));
      const last = lines.at(-1);
      // Of a line that has begun nothing is given yet; with its front gone it is not waited for twice.
      if (lostBytes > 0 && !last) this.at = chunk.offset;
      if (last) this.at = last.end;
      if (lostBytes > 0 || last) yield { lines, lostBytes: Math.max(0, lostBytes) };
    }
  }

  private timed(line: Line): TimedLine {
    return { ...line, ...(this.times as LineTimes).of(line.end) };
  }

  private splitter(isWithinLine: boolean): LineSplitter {
    return new LineSplitter({ pieceBytes: this.pieceBytes, isWithinLine });
  }

  /** Whether the front of the line that begins here was given before. */
  private async isWithinLine(): Promise<boolean> {
    if (this.at === 0) return false;
    for await (const { offset, bytes } of readBytes({
      file: this.file,
      from: this.at - 1,
      until: this.at,
    }))
      return offset === this.at - 1 && bytes[0] !== 10;
    return false;
  }
}
