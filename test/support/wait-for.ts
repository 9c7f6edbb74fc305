import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Waits for what an agent has to be asked for, and what stays once it is so: asking costs as much as what is waited
 * for.
 */
export const SELDOM = { intervalMs: 50 };

/**
 * Waits until `condition` gives something truthy and returns it; what it throws counts as "not yet". For states that
 * no event tells of. The deadline is there to end a broken test, not to measure speed. `what` completes the sentence
 * "waited in vain for ...".
 */
export async function waitFor<T>(
  what: string,
  condition: () => T | Promise<T>,
  { deadlineMs = 60_000, intervalMs = 10 }: { deadlineMs?: number; intervalMs?: number } = {},
): Promise<Exclude<Awaited<T>, false | null | undefined | 0 | ''>> {
  const start = performance.now();
  for (;;) {
    let last: unknown;
    try {
      const value = await condition();
      if (value) return value as Exclude<Awaited<T>, false | null | undefined | 0 | ''>;
      last = value;
    } catch (error) {
      last = error;
    }
    if (performance.now() - start > deadlineMs)
      throw new Error(`waited ${deadlineMs} ms in vain for ${what}; last: ${String(last)}`, { cause: last });
    await sleep(intervalMs);
  }
}
