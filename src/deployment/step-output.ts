/** Of what a step prints, so many lines are kept of its beginning, and as many of its end. */
export const OUTPUT_LINES = 1000;

/** The output of one step, of which a person needs the beginning and the end: bounded, however much there is. */
export class StepOutput {
  private readonly first: string[];
  private last: string[] = [];
  private leftOut = 0;

  /** `first`: what the journal has of it. */
  constructor(first: string[] = []) {
    this.first = first;
  }

  add(line: string): void {
    if (this.first.length < OUTPUT_LINES) {
      this.first.push(line);
      return;
    }
    this.last.push(line);
    // Half of it at a time: cheaper than line by line.
    if (this.last.length < 2 * OUTPUT_LINES) return;
    this.last.splice(0, OUTPUT_LINES);
    this.leftOut += OUTPUT_LINES;
  }

  lines(): string[] {
    const leftOut = this.leftOut + Math.max(0, this.last.length - OUTPUT_LINES);
    return [
      ...this.first,
      ...(leftOut > 0 ? [`... (${leftOut} lines are left out)`] : []),
      ...this.last.slice(-OUTPUT_LINES),
    ];
  }
}
