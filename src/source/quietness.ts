import type { Stats } from 'node:fs';
import type { Clock } from '../kernel/index.ts';
import { fileIdentity } from './stat.ts';

/** More than this between two looks is no slow correction: the wall clock was set. */
const CORRECTED_MS = 100;

/** Tells for how long a file has been left alone. */
export class Quietness {
  private readonly clock: Clock;
  private identity: string | null = null;
  /** When the file began to look as it does, and since when the wall clock was not set: both on the monotonic clock. */
  private seenMs = 0;
  private undisturbedMs = Number.NEGATIVE_INFINITY;
  /** What the wall clock is ahead of the monotonic one. */
  private aheadMs: number;

  constructor(clock: Clock) {
    this.clock = clock;
    this.aheadMs = clock.now() - clock.monotonicMs();
  }

  /**
   * The time since the file's own modification, as far back as the wall clock was not set since, or for which it has
   * looked the same to us.
   */
  ms(stat: Stats): number {
    const identity = fileIdentity(stat);
    const nowMs = this.clock.monotonicMs();
    const wallMs = this.clock.now();
    if (Math.abs(wallMs - nowMs - this.aheadMs) > CORRECTED_MS) this.undisturbedMs = nowMs;
    this.aheadMs = wallMs - nowMs;
    if (identity !== this.identity) {
      this.identity = identity;
      this.seenMs = nowMs;
    }
    return Math.max(nowMs - this.seenMs, Math.min(wallMs - stat.mtimeMs, nowMs - this.undisturbedMs));
  }
}
