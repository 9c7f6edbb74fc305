import colors from 'picocolors';
import { expect, test } from 'vitest';
import { symbolsOf } from '../../../src/cli/output/index.ts';
import { exitStatusOf, outcomeText, titleText } from '../../../src/cli/progress/outcome.ts';
import { deployment, ended, step } from '../../fixtures/api-states.ts';

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
  ['env', 'failed', 1],
  ['env', 'rolled_back', 5],
] as const)('a deployment of kind %s that ended %s gives the exit status %d', (kind, state, status) => {
  expect(exitStatusOf(ended(state, { kind }))).toBe(status);
});

function text(...given: Parameters<typeof ended>): string {
  return outcomeText(ended(...given), { colors: colors.createColors(false), symbols: symbolsOf({}) });
}

test('the last line tells outcome, version, time, and where it failed why and what to type', () => {
  expect(text('succeeded')).toBe('+ shop is live on 1.0.1 (deployment 7, 12.0s)');
  expect(text('succeeded', { kind: 'rollback' })).toBe('+ shop is back on 1.0.1 (deployment 7, 12.0s)');
  expect(text('succeeded', { reason: '0 replicas are configured' })).toBe(
    '+ shop is live on 1.0.1; 0 replicas are configured (deployment 7, 12.0s)',
  );
  expect(text('rolled_back', { reason: 'shop/2 exited three times' })).toBe(
    'x shop 1.0.1 failed and was taken back: shop/2 exited three times (deployment 7, 12.0s)\n  next: slipway show 7',
  );
  expect(text('superseded')).toMatch(/gave way to a newer deployment .*\n  next: slipway show 7$/);
  expect(text('cancelled', { started_at: null })).toBe(
    'x shop 1.0.1 was cancelled (deployment 7)\n  next: slipway show 7',
  );
});

type Given = Parameters<typeof ended>[1];

test('a site that is live without its workers or its reload is no success', () => {
  const reason = 'shop/queue.1 is backoff: ended unexpectedly with exit status 3';
  const workers = {
    kind: 'site',
    steps: [step('workers', { state: 'failed', reason }), step('health')],
  } satisfies Given;
  expect(text('succeeded', workers)).toBe(
    `! shop is live on 1.0.1, and its workers are not: ${reason} (deployment 7, 12.0s)\n  next: slipway logs shop --stderr`,
  );
  expect(exitStatusOf(ended('succeeded', workers))).toBe(1);
  const reload = {
    kind: 'rollback',
    steps: [step('reload', { state: 'failed', reason: 'no such unit' })],
  } satisfies Given;
  expect(text('succeeded', reload)).toMatch(
    /^! shop is back on .*what serves it was not reloaded: no such unit/,
  );
  expect(exitStatusOf(ended('succeeded', reload))).toBe(1);
  // What hooks do after the switch is ignored.
  const hook = {
    kind: 'site',
    steps: [step('hook: deploy.success', { state: 'failed', reason: 'x' })],
  } satisfies Given;
  expect(exitStatusOf(ended('succeeded', hook))).toBe(0);
});

test('a commit is told by its first seven digits', () => {
  const of = { version: 'ab12cd34ab12cd34ab12cd34ab12cd34ab12cd34', kind: 'site' } as const;
  expect(titleText(deployment(of))).toBe('deploying shop ab12cd3 (deployment 7)');
  expect(text('succeeded', of)).toBe('+ shop is live on ab12cd3 (deployment 7, 12.0s)');
  expect(text('failed', of)).toMatch(/^x shop ab12cd3 failed/);
  expect(titleText(deployment({ ...of, kind: 'rollback' }))).toBe(
    'taking shop back to ab12cd3 (deployment 7)',
  );
});

test('a changed .env is told as such', () => {
  expect(titleText(deployment({ kind: 'env' }))).toBe('changing the .env of shop (deployment 7)');
  expect(text('succeeded', { kind: 'env' })).toBe('+ the .env of shop is changed (deployment 7, 12.0s)');
  expect(text('failed', { kind: 'env' })).toMatch(/^x the change of the .env of shop failed/);
});
