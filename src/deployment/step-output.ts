import { KEPT_LINES, leftOutLine } from '../kernel/index.ts';

/** The output of one step, of which a person needs the beginning and the end: bounded, however much there is. */
export class StepOutput {
  private readonly first: string[];
  private last: string[] = [];
  private dropped = 0;

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
    this.dropped += KEPT_LINES;
  }

  /** Lines that follow those that were added: no more than the first are shown of what came before them. */
  leaveOut(count: number): void {
    this.dropped += this.last.length + count;
    this.last = [];
  }

  lines(): string[] {
    const leftOut = this.dropped + Math.max(0, this.last.length - KEPT_LINES);
    return [...this.first, ...(leftOut > 0 ? [leftOutLine(leftOut)] : []), ...this.last.slice(-KEPT_LINES)];
  }
}
