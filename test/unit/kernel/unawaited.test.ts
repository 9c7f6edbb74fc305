import { expect, onTestFinished, test } from 'vitest';
import { madeOnce, onUnawaitedFailure, unawaited } from '../../../src/kernel/index.ts';

test('what nobody waits for, and fails, is told in words and ends nothing', async () => {
  const told: string[] = [];
  onTestFinished(onUnawaitedFailure((message) => told.push(message)));
  unawaited(Promise.resolve(), 'web: a look');
  unawaited(Promise.reject(new Error('the folder was moved away')), 'web: the restart');
  await new Promise(setImmediate);
  expect(told).toEqual(['web: the restart failed, all else goes on: the folder was moved away']);
});

test('what could not be made is made anew for the next one, and what was made is kept', async () => {
  let asked = 0;
  const get = madeOnce(async () => {
    asked += 1;
    await Promise.resolve();
    if (asked === 1) throw new Error('EMFILE');
    return { asked };
  });
  const both = await Promise.allSettled([get(), get()]);
  expect(both.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  const made = await get();
  expect(made).toEqual({ asked: 2 });
  expect(await get()).toBe(made);
});
