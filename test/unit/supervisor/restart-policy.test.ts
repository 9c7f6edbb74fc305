import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decideRestart, type RestartPolicy } from '../../../src/supervisor/restart-policy.ts';

const policies: fc.Arbitrary<RestartPolicy> = fc.record({
  delayMs: fc.nat(60_000),
  maxDelayMs: fc.integer({ min: 1, max: 600_000 }),
  resetAfterMs: fc.nat(600_000),
  maxRetries: fc.option(fc.nat(50)),
});
const defaults: RestartPolicy = { delayMs: 0, maxDelayMs: 300_000, resetAfterMs: 60_000, maxRetries: null };

test('a first crash is restarted at once, a second after 1 s, and each one twice as late', () => {
  const delays = [1, 2, 3, 4, 5, 9, 10, 11, 500].map((crashes) => decideRestart(defaults, crashes));
  expect(delays.map((decision) => decision.restart && decision.delayMs)).toEqual([
    0, 1000, 2000, 4000, 8000, 128_000, 256_000, 300_000, 300_000,
  ]);
});

test('a delay never shrinks with further crashes and never passes the limit', () => {
  fc.assert(
    fc.property(policies, fc.integer({ min: 1, max: 2000 }), (policy, crashes) => {
      const now = decideRestart({ ...policy, maxRetries: null }, crashes);
      const later = decideRestart({ ...policy, maxRetries: null }, crashes + 1);
      if (!now.restart || !later.restart) throw new Error('given up without a limit');
      expect(now.delayMs).toBeGreaterThanOrEqual(0);
      expect(later.delayMs).toBeLessThanOrEqual(policy.maxDelayMs);
      expect(later.delayMs).toBeGreaterThanOrEqual(now.delayMs);
    }),
  );
});

test('it is given up exactly when there were more crashes in a row than retries', () => {
  fc.assert(
    fc.property(policies, fc.integer({ min: 1, max: 100 }), (policy, crashes) => {
      const { restart } = decideRestart(policy, crashes);
      expect(restart).toBe(policy.maxRetries === null || crashes <= policy.maxRetries);
    }),
  );
});
