import { expect, test } from 'vitest';
import type { Vm } from '../../../src/api/pages/index.ts';
import { createInstance, NO_SERIES, summaryOf, withPoint } from '../../../src/web/models/instance/index.ts';
import { instance, shop, vm } from '../../fixtures/api-states.ts';
import { waitFor } from '../../support/wait-for.ts';
import { fakeFeed } from './fake-feed.ts';

test('a series forgets what is old, and keeps curves that begin later in line with it', () => {
  let series = NO_SERIES;
  for (let second = 1; second <= 5; second++)
    series = withPoint(series, {
      at: second * 1000,
      values: second < 3 ? { a: second } : { a: second, b: second * 10 },
      mostPoints: 4,
    });
  expect(series).toEqual({ times: [2, 3, 4, 5], values: { a: [2, 3, 4, 5], b: [null, 30, 40, 50] } });
  expect(withPoint(series, { at: 5000, values: { a: 9 }, mostPoints: 4 })).toBe(series);
  expect(summaryOf([null, 3, 1, 2, null])).toEqual({ now: 2, least: 1, most: 3 });
  expect(summaryOf([null])).toBeNull();
});

test('an instance is looked at while it is seen, its VM too, and a new VM counts from 0', async () => {
  const otp = { node: 'shop-1@vm', connected: true, tls: false, reason: null };
  const app = shop({ instances: [instance({ otp, memory_bytes: 7 })] });
  let looks = 0;
  let visible = true;
  let wake = () => {};
  const at = (second: number) => new Date(Date.UTC(2026, 10, 30, 3, 12, second)).toISOString();
  const answers: Vm[] = [
    vm({ at: at(0), reductions: 1000 }),
    vm({ at: at(2), reductions: 5000 }),
    vm({ at: at(4), reductions: 10 }),
  ];
  const model = createInstance({
    client: {
      status: async () => {
        looks += 1;
        return { agent: {}, apps: [app] };
      },
      vm: async () => answers[looks - 1],
      runs: async () => [],
    } as never,
    feed: fakeFeed().feed,
    status: { app: () => app },
    clock: {
      now: () => looks * 2000,
      monotonicMs: () => 0,
      sleep: (_, signal) =>
        new Promise((resolve) => {
          wake = resolve;
          signal.addEventListener('abort', () => resolve());
        }),
    },
    isVisible: () => visible,
    app: 'shop',
    unit: '1',
  });
  const end = model.start();
  for (const count of [1, 2, 3]) {
    await waitFor('a look', () => model.vmSeries.value.times.length === count);
    await new Promise(setImmediate);
    if (count < 3) wake();
  }
  expect(model.vmSeries.value.values.reductions).toEqual([null, 2000, null]);
  expect(model.usage.value.values.memory).toEqual([7, 7, 7]);
  visible = false;
  wake();
  await new Promise(setImmediate);
  expect(looks).toBe(3);
  end();
});
