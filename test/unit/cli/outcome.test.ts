import colors from 'picocolors';
import { expect, test } from 'vitest';
import { symbolsOf } from '../../../src/cli/output/index.ts';
import { exitStatusOf, outcomeText } from '../../../src/cli/progress/outcome.ts';
import { ended } from '../../fixtures/api-states.ts';

test.each([
  ['full', 'succeeded', 0],
  ['full', 'failed', 1],
  ['full', 'cancelled', 1],
  ['full', 'superseded', 1],
  ['full', 'rolled_back', 5],
  ['rollback', 'succeeded', 0],
  ['rollback', 'failed', 6],
  ['rollback', 'rolled_back', 6],
  ['rollback', 'cancelled', 1],
] as const)('a deployment of kind %s that ended %s gives the exit status %d', (kind, state, status) => {
  expect(exitStatusOf(ended(state, { kind }))).toBe(status);
});

function text(...given: Parameters<typeof ended>): string {
  return outcomeText(ended(...given), { colors: colors.createColors(false), symbols: symbolsOf({}) });
}

test('the last line tells the outcome, the version, the time, and where it failed why and what to type', () => {
  expect(text('succeeded')).toBe('+ shop is live on 1.0.1 (deployment 7, 12.0s)');
  expect(text('succeeded', { kind: 'rollback' })).toBe('+ shop is back on 1.0.1 (deployment 7, 12.0s)');
  expect(text('rolled_back', { reason: 'shop/2 exited three times' })).toBe(
    'x shop 1.0.1 failed and was taken back: shop/2 exited three times (deployment 7, 12.0s)\n  next: slipway show 7',
  );
  expect(text('superseded')).toMatch(/gave way to a newer deployment .*\n  next: slipway show 7$/);
  expect(text('cancelled', { started_at: null })).toBe(
    'x shop 1.0.1 was cancelled (deployment 7)\n  next: slipway show 7',
  );
});
