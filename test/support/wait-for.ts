import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Waits for what an agent has to be asked for, and what stays once it is so: asking costs as much as what is waited
 * for.
 */
export const SELDOM = { intervalMs: 50 };

/** Sooner than a test's own deadline, which does not tell what was seen last. */
const AT_MOST_MS = 450_000;

/**
 * Waits until `condition` gives something truthy and returns it; what it throws counts as "not yet". For states that
 * no event tells of. The deadline is there to end a broken test, not to measure speed: it begins anew whenever something else is
 * seen than before, until `atMostMs`: what is seen may change for ever. `what` completes the sentence "waited in vain for ...".
 */
export async function waitFor<T>(
  what: string,
  condition: () => T | Promise<T>,
  options: { deadlineMs?: number; atMostMs?: number; intervalMs?: number } = {},
): Promise<Exclude<Awaited<T>, false | null | undefined | 0 | ''>> {
  const { deadlineMs = 60_000, atMostMs = Math.max(deadlineMs, AT_MOST_MS), intervalMs = 10 } = options;
  const start = performance.now();
  let changedAt = start;
  let seen = '';
  for (;;) {
    let last: unknown;
    try {
      const value = await condition();
      if (value) return value as Exclude<Awaited<T>, false | null | undefined | 0 | ''>;
      last = value;
    } catch (error) {
      last = error;
    }
    const now = performance.now();
    if (String(last) !== seen) changedAt = now;
    seen = String(last);
    if (now - changedAt > deadlineMs || now - start > atMostMs)
      throw new Error(`waited ${Math.round(now - start)} ms in vain for ${what}; last: ${seen}`, {
        cause: last,
      });
    await sleep(intervalMs);
  }
}
