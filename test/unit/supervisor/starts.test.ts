import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { systemClock } from '../../../src/kernel/index.ts';
import { Starts } from '../../../src/supervisor/starts.ts';

/** Starts whose time is called by hand, and what has begun of them, in order. */
function ground(most: number) {
  const timers: (() => void)[] = [];
  const after = (_ms: number, fn: () => void) => {
    timers.push(fn);
    return () => void timers.splice(timers.indexOf(fn), 1);
  };
  const starts = new Starts({ most, clock: { ...systemClock, after } });
  const begun: string[] = [];
  const ends: (() => void)[] = [];
  const begin = (app: string, isRestart = false) =>
    void starts.begin({ app, isRestart }).then((end) => {
      begun.push(app);
      ends.push(end);
    });
  const untilCalm = async () => {
    for (let turns = 0; turns < 50; turns++) await turn();
  };
  return { starts, timers, begun, ends, begin, untilCalm };
}

test('no more than so many start at a time, and the next one when one is up', async () => {
  const { begin, begun, ends, timers, untilCalm } = ground(3);
  for (let i = 0; i < 200; i++) begin('many');
  await untilCalm();
  expect(begun).toHaveLength(3);
  for (let over = 0; over < 197; over++) {
    const end = ends[over];
    end?.();
    // Said twice it makes no room twice.
    end?.();
    await untilCalm();
    expect(begun).toHaveLength(over + 4);
  }
  for (const end of ends) end();
  expect(timers).toHaveLength(0);
});

test('one in each turn of the event loop, so that others are heard in between', async () => {
  const { starts, begin, begun, untilCalm } = ground(1000);
  const ends: (() => void)[] = [];
  for (let i = 0; i < 1000; i++) ends.push(await starts.begin({ app: 'full', isRestart: false }));
  for (let i = 0; i < 20; i++) begin('many');
  await untilCalm();
  expect(begun).toHaveLength(0);
  for (const end of ends) end();
  const seen: number[] = [];
  while (begun.length < 20) {
    await turn();
    seen.push(begun.length);
  }
  for (const [index, count] of seen.entries())
    expect(count - (seen[index - 1] ?? 0), 'begun in one turn').toBeLessThanOrEqual(1);
});

test('apps take turns: none waits behind all starts of another', async () => {
  const { begin, begun, ends, untilCalm } = ground(1);
  for (let i = 0; i < 5; i++) begin('many');
  begin('one');
  begin('two');
  for (let i = 0; i < 7; i++) {
    await untilCalm();
    ends[i]?.();
  }
  await untilCalm();
  expect(begun).toEqual(['many', 'many', 'one', 'two', 'many', 'many', 'many']);
});

test('what ended by itself waits for nobody, but for others of its own app', async () => {
  const { begin, begun, untilCalm } = ground(2);
  for (let i = 0; i < 10; i++) begin('many');
  await untilCalm();
  begin('other', true);
  await Promise.resolve();
  await Promise.resolve();
  expect(begun).toEqual(['many', 'many', 'other']);
  begin('other', true);
  begin('many', true);
  await untilCalm();
  expect(begun).toEqual(['many', 'many', 'other']);
});

test('one that does not come up makes room after a while', async () => {
  const { begin, begun, timers, untilCalm } = ground(1);
  begin('stuck');
  begin('next');
  await untilCalm();
  expect(begun).toEqual(['stuck']);
  timers.shift()?.();
  await untilCalm();
  expect(begun).toEqual(['stuck', 'next']);
});

test('what is forked for later comes after all starts, one in a turn', async () => {
  const { starts, begin, begun, ends, untilCalm } = ground(1);
  begin('first');
  begin('second');
  const done: string[] = [];
  for (const name of ['a', 'b']) void starts.spare().then(() => done.push(name));
  await untilCalm();
  expect([begun, done]).toEqual([['first'], []]);
  ends[0]?.();
  await untilCalm();
  expect([begun, done]).toEqual([
    ['first', 'second'],
    ['a', 'b'],
  ]);
});
