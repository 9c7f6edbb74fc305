import { expect, test } from 'vitest';
import { nextTick } from '../../../src/kernel/index.ts';
import { isCalm, lookIntervalMs } from '../../../src/supervisor/output/look-interval.ts';

const MB = 1024 * 1024;

test('a log that does not grow is looked at every 5 s', () => {
  expect(lookIntervalMs({ grownBytes: 0, elapsedMs: 100, roomBytes: MB })).toBe(5000);
  expect(lookIntervalMs({ grownBytes: -5, elapsedMs: 100, roomBytes: MB })).toBe(5000);
});

test('the faster a log fills its room, the sooner it is looked at again', () => {
  const intervals = [1, 10, 20, 50, 100, 1000].map((grown) =>
    lookIntervalMs({ grownBytes: grown * MB, elapsedMs: 1000, roomBytes: 50 * MB }),
  );
  expect(intervals).toEqual([5000, 2500, 1000, 500, 200, 100]);
  expect(lookIntervalMs({ grownBytes: MB, elapsedMs: 0, roomBytes: 0 })).toBe(100);
});

test('a log is calm that grows by at most 1 MB/s', () => {
  expect(isCalm({ grownBytes: 500_000, elapsedMs: 500 })).toBe(true);
  expect(isCalm({ grownBytes: 500_001, elapsedMs: 500 })).toBe(false);
  expect(isCalm({ grownBytes: 0, elapsedMs: 100 })).toBe(true);
});

test('looks of one interval fall on the same ticks, and on those of the shorter ones', () => {
  expect(nextTick(12_345, 5000)).toBe(15_000);
  expect(nextTick(15_000, 5000)).toBe(20_000);
  expect(nextTick(14_999, 100)).toBe(15_000);
  for (const interval of [100, 200, 500, 1000, 2500]) expect(5000 % interval).toBe(0);
});
