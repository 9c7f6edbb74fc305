import type { Clock } from '../kernel/index.ts';

/** Times something: its end is shown so much later as it lasted, whatever became of the wall clock meanwhile. */
export class Lap {
  readonly startedAt: number;
  private readonly clock: Clock;
  private readonly beganMs: number;

  constructor(clock: Clock, startedAt = clock.now()) {
    this.clock = clock;
    this.startedAt = startedAt;
    this.beganMs = clock.monotonicMs();
  }

  get lastedMs(): number {
    return this.clock.monotonicMs() - this.beganMs;
  }

  /** When it has ended if it ends now; milliseconds since the epoch. */
  get endsAt(): number {
    // Rounded up it would lie behind the beginning of what comes next.
    return Math.floor(this.startedAt + this.lastedMs);
  }
}
