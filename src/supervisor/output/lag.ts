import { systemClock } from '../../kernel/index.ts';

const MOST_LOOKS = 64;

/** Since when a follower has not read what a log had. */
export class Lag {
  private readonly maxMs: number;
  private looks: { end: number; atMs: number }[] = [];

  constructor(maxMs: number) {
    this.maxMs = maxMs;
  }

  looked(end: number): void {
    if (end <= (this.looks.at(-1)?.end ?? 0)) return;
    // Of those that are not reached the oldest one counts.
    if (this.looks.length >= MOST_LOOKS) this.looks.pop();
    this.looks.push({ end, atMs: systemClock.monotonicMs() });
  }

  /** Whether somebody who has read up to there is too late. */
  isTooLong(position: number): boolean {
    let oldest = this.looks[0];
    while (oldest && oldest.end <= position) {
      this.looks.shift();
      oldest = this.looks[0];
    }
    return oldest !== undefined && systemClock.monotonicMs() - oldest.atMs > this.maxMs;
  }
}
