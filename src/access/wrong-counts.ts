import type { Clock } from '../kernel/index.ts';

const BASE_MS = 1000;
const MAX_MS = 15 * 60_000;
/** Nothing was wrong for so long. */
const FORGOTTEN_MS = 6 * 3_600_000;
const MAX_KEPT = 10_000;

export interface Count {
  wrong: number;
  lastMs: number;
  /** Whether somebody has come in rightly. */
  known: boolean;
}

/** How often something was wrong, by key. The ones that were longest without are forgotten first. */
export class Counts {
  private readonly clock: Clock;
  private readonly kept = new Map<string, Count>();

  constructor(clock: Clock) {
    this.clock = clock;
  }

  get(key: string): Count | null {
    const count = this.kept.get(key);
    if (!count) return null;
    if (this.clock.monotonicMs() - count.lastMs < FORGOTTEN_MS) return count;
    if (count.known) return { ...count, wrong: 0 };
    this.kept.delete(key);
    return null;
  }

  /** `lastMs`: when the last one was; default now. */
  add(key: string, by: number, lastMs?: number): void {
    const count = this.get(key);
    if (by <= 0 && count === null) return;
    const wrong = Math.max(0, (count?.wrong ?? 0) + by);
    const at = by > 0 ? this.clock.monotonicMs() : (lastMs ?? count?.lastMs ?? this.clock.monotonicMs());
    this.put(key, { wrong, lastMs: at, known: count?.known ?? false });
  }

  clear(key: string, { known }: { known: boolean }): void {
    if (known) this.put(key, { wrong: 0, lastMs: this.clock.monotonicMs(), known });
    else this.kept.delete(key);
  }

  get size(): number {
    return this.kept.size;
  }

  private put(key: string, count: Count): void {
    this.kept.delete(key);
    this.kept.set(key, count);
    if (this.kept.size <= MAX_KEPT) return;
    for (const oldest of this.kept.keys()) {
      this.kept.delete(oldest);
      return;
    }
  }
}

/** How long is to be waited from `nowMs` on: nothing for the first `free`, then a second that doubles with each. */
export function waitOf(count: Pick<Count, 'wrong' | 'lastMs'> | null, free: number, nowMs: number): number {
  if (count === null || count.wrong < free) return 0;
  const delayMs = Math.min(MAX_MS, BASE_MS * 2 ** Math.min(30, count.wrong - free));
  return Math.max(0, count.lastMs + delayMs - nowMs);
}
