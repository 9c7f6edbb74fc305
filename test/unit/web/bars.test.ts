import { expect, test } from 'vitest';
import type { DeploymentWithSteps } from '../../../src/api/pages/index.ts';
import { barsOf } from '../../../src/web/models/index.ts';

type Step = DeploymentWithSteps['steps'][number];

const step = (
  name: string,
  startS: number | null,
  durationMs: number | null,
  given: Partial<Step> = {},
): Step => ({
  name,
  instance: null,
  state: 'succeeded',
  started_at: startS === null ? null : new Date(startS * 1000).toISOString(),
  duration_ms: durationMs,
  reason: null,
  output: [],
  ...given,
});

test('steps lie one after the other on the time that all of them took', () => {
  const steps = [step('fetch', 100, 1000), step('unpack', 101, 3000), step('start', null, null)];
  const { lengthMs, bars, marks } = barsOf({ steps }, { medians: [], nowMs: null });
  expect(lengthMs).toBe(4000);
  expect(bars[0]).toMatchObject({ left: 0, width: 25, medianWidth: null });
  expect(bars[1]).toMatchObject({ left: 25, width: 75, lastedMs: 3000 });
  expect(bars[2]).toBeNull();
  expect(marks).toEqual([0, 1000, 2000, 3000, 4000]);
});

test('a step that goes on grows with the time of the reader', () => {
  const steps = [step('fetch', 100, 500, { state: 'running' })];
  const at = (nowMs: number) => barsOf({ steps }, { medians: [], nowMs }).bars[0]?.lastedMs;
  expect([at(102_000), at(103_000)]).toEqual([2000, 3000]);
  // A clock that is behind the agent's takes nothing away.
  expect(at(99_000)).toBe(500);
});

test('a median is that of the same instance, else of any, and never reaches beyond the axis', () => {
  const steps = [
    step('start', 100, 1000, { instance: 'a/1' }),
    step('start', 101, 1000, { instance: 'a/9' }),
  ];
  const medians = [
    { name: 'start', instance: 'a/2', median_ms: 500 },
    { name: 'start', instance: 'a/1', median_ms: 9000 },
  ];
  const { bars } = barsOf({ steps }, { medians, nowMs: null });
  expect(bars[0]).toMatchObject({ medianMs: 9000, medianWidth: 100 });
  expect(bars[1]).toMatchObject({ medianMs: 500, medianWidth: 25 });
});

test('a deployment without steps has an axis without length', () => {
  expect(barsOf({ steps: [] }, { medians: [], nowMs: 1 })).toEqual({ lengthMs: 0, bars: [], marks: [] });
});
