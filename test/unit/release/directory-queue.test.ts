import { expect, test } from 'vitest';
import { DirectoryQueue } from '../../../src/release/directory-queue.ts';

test('what is offered is taken once, and the last one that is done ends it for every thread', () => {
  const queue = new DirectoryQueue();
  const elsewhere = new DirectoryQueue(queue.memory);
  expect(queue.offer(0)).toBe(true);
  expect(queue.offer(7)).toBe(true);
  const taken = [queue.take(), elsewhere.take()];
  expect(taken.toSorted((a, b) => (a ?? 0) - (b ?? 0))).toEqual([0, 7]);
  queue.done();
  // Whoever walks the second one may still find more.
  expect(elsewhere.offer(9)).toBe(true);
  elsewhere.done();
  expect(queue.take()).toBe(9);
  queue.done();
  expect([queue.take(), elsewhere.take()]).toEqual([null, null]);
});

test('no more are offered than there is room for, and nothing is taken any more after a stop', () => {
  const queue = new DirectoryQueue();
  const offered: number[] = [];
  for (let fd = 0; queue.offer(fd); fd++) offered.push(fd);
  expect(offered.length).toBeLessThan(100);
  queue.stop();
  expect(queue.take()).toBe(null);
  const left: number[] = [];
  for (let fd = queue.remove(); fd !== null; fd = queue.remove()) left.push(fd);
  expect(left.sort((a, b) => a - b)).toEqual(offered);
});
