import { KEPT_LINES, type LeftOut, leftOutLine } from '../kernel/index.ts';

/** The output of one step, of which a person needs the beginning and the end: bounded, however much there is. */
export class StepOutput {
  private readonly first: string[];
  private last: string[] = [];
  private readonly dropped: LeftOut = { lines: 0, bytes: 0 };

  /** `first`: what the journal has of it. */
  constructor(first: string[] = []) {
    this.first = first;
  }

  add(line: string): void {
    if (this.first.length < KEPT_LINES) {
      this.first.push(line);
      return;
    }
    this.last.push(line);
    // Half of it at a time: cheaper than line by line.
    if (this.last.length < 2 * KEPT_LINES) return;
    this.last.splice(0, KEPT_LINES);
    this.dropped.lines += KEPT_LINES;
  }

  /** What follows on what was added: no more than the first lines are shown of what came before it. */
  leaveOut(leftOut: LeftOut): void {
    if (this.first.length < KEPT_LINES) return this.add(leftOutLine(leftOut));
    this.dropped.lines += this.last.length + leftOut.lines;
    this.dropped.bytes += leftOut.bytes;
    this.last = [];
  }

  lines(): string[] {
    const { bytes } = this.dropped;
    const lines = this.dropped.lines + Math.max(0, this.last.length - KEPT_LINES);
    const mark = lines + bytes > 0 ? [leftOutLine({ lines, bytes })] : [];
    return [...this.first, ...mark, ...this.last.slice(-KEPT_LINES)];
  }
}
