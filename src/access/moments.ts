import type { Clock } from '../kernel/index.ts';

/**
 * What expires outlives the agent, so its end is recorded by the wall clock, and anybody may set that one back. While an agent
 * lives, no moment comes twice: it is at least the one of its start and what has passed since. Where the clock is set ahead,
 * things expire early, and that is the safe side.
 */
export class Moments {
  private readonly clock: Clock;
  private readonly began: number;
  private readonly beganMs: number;

  constructor(clock: Clock) {
    this.clock = clock;
    this.began = clock.now();
    this.beganMs = clock.monotonicMs();
  }

  /** Milliseconds since the epoch: to expire by. What is shown is asked of the clock. */
  now(): number {
    const passed = this.began + this.clock.monotonicMs() - this.beganMs;
    return Math.round(Math.max(this.clock.now(), passed));
  }
}
