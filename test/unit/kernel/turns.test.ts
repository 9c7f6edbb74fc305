import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { Turns } from '../../../src/kernel/turns.ts';

test('one goes on in each turn of the event loop, in order, and the first at once', async () => {
  const turns = new Turns();
  const gone: number[] = [];
  for (let i = 0; i < 20; i++) void turns.next().then(() => gone.push(i));
  await Promise.resolve();
  await Promise.resolve();
  expect(gone).toEqual([0]);
  let before = gone.length;
  while (gone.length < 20) {
    await turn();
    expect(gone.length - before).toBeLessThanOrEqual(1);
    before = gone.length;
  }
  expect(gone).toEqual(Array.from({ length: 20 }, (_, index) => index));
  await turn();
  await turn();
  // Alone again.
  void turns.next().then(() => gone.push(20));
  await Promise.resolve();
  await Promise.resolve();
  expect(gone.at(-1)).toBe(20);
});
