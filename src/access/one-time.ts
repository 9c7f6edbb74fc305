import type { Clock } from '../kernel/index.ts';
import { newOpaque } from './opaque.ts';

/**
 * What is kept for somebody who is to come back soon: once, for a while, and no more of it than memory is meant for. It dies with
 * the agent.
 */
export class OneTime<T> {
  private readonly options: { clock: Clock; lifeMs: number; max: number };
  private readonly kept = new Map<string, { value: T; dueMs: number }>();

  constructor(options: { clock: Clock; lifeMs: number; max: number }) {
    this.options = options;
  }

  /** Gives the key, which nobody can guess. */
  put(value: T, key = newOpaque()): string {
    const { clock, lifeMs, max } = this.options;
    this.kept.delete(key);
    this.kept.set(key, { value, dueMs: clock.monotonicMs() + lifeMs });
    for (const oldest of this.kept.keys()) {
      if (this.kept.size <= max) break;
      this.kept.delete(oldest);
    }
    return key;
  }

  look(key: string): T | null {
    const found = this.kept.get(key);
    if (!found) return null;
    if (this.options.clock.monotonicMs() < found.dueMs) return found.value;
    this.kept.delete(key);
    return null;
  }

  /** Nobody gets it a second time. */
  take(key: string): T | null {
    const value = this.look(key);
    this.kept.delete(key);
    return value;
  }
}
