import { systemClock } from '../../kernel/index.ts';
import type { TimeMark } from './time-marks.ts';

/** What is known to the second. */
const EXACT_MS = 1500;

export interface LineTime {
  /** ISO 8601. */
  at: string;
  /** False: it was written then at the latest. */
  isExact: boolean;
}

/** When the lines of one log were written, as far as the looks at it tell. They are asked for in their order. */
export class LineTimes {
  private readonly marks: TimeMark[];
  private next = 0;
  private lastMs = Number.NaN;
  private lastAt = '';

  /** `last`: the log's end, and when it was written to last. */
  constructor(marks: readonly TimeMark[], last: { atMs: number; end: number }) {
    this.marks = [...marks];
    const mark = marks.at(-1);
    if (last.end > (mark?.end ?? 0))
      this.add({ ...last, withinMs: Math.max(0, last.atMs - (mark?.atMs ?? 0)) });
  }

  /** A follower has looked, and found the end there; what came since its last look came within that time. */
  looked(end: number, withinMs: number): void {
    if (end <= (this.marks.at(-1)?.end ?? 0)) return;
    // What was asked for is not asked for again.
    this.marks.splice(0, this.next);
    this.next = 0;
    this.add({ atMs: systemClock.now(), end, withinMs });
  }

  /** Of the line that ends there. */
  of(end: number): LineTime {
    for (let mark = this.marks[this.next]; mark && mark.end < end; mark = this.marks[this.next]) this.next++;
    const mark = this.marks[this.next];
    if (!mark) return { at: this.text(systemClock.now()), isExact: false };
    return { at: this.text(mark.atMs), isExact: mark.withinMs <= EXACT_MS || mark.end === end };
  }

  private add(mark: TimeMark): void {
    this.marks.push(mark);
  }

  private text(ms: number): string {
    if (ms !== this.lastMs) this.lastAt = new Date(ms).toISOString();
    this.lastMs = ms;
    return this.lastAt;
  }
}
