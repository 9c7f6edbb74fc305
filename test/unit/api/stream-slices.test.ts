import { expect, test } from 'vitest';
import { StreamSlices } from '../../../src/api/stream-slices.ts';
import { ManualClock } from '../../support/clock.ts';
import { waitFor } from '../../support/wait-for.ts';

/** Works for a while, as what sends one value does. */
function work(ms: number): void {
  const until = performance.now() + ms;
  while (performance.now() < until);
}

test('many streams that have much to send take turns, and leave the event loop to others', async () => {
  const slices = new StreamSlices();
  const done = Array.from({ length: 20 }, () => 0);
  let isOver = false;
  const streams = done.map(async (_, index) => {
    const stream = {};
    while (!isOver) {
      const turn = slices.next(stream);
      if (turn) await turn;
      work(0.2);
      done[index] = (done[index] ?? 0) + 1;
      await Promise.resolve();
    }
  });
  const late: number[] = [];
  for (let look = 0; look < 40; look++) {
    const began = performance.now();
    await new Promise((resolve) => setImmediate(resolve));
    late.push(performance.now() - began);
  }
  await waitFor('every stream to have had a turn', () => Math.min(...done) > 0);
  isOver = true;
  await Promise.all(streams);
  // Without turns the first look would wait for ever. The machine may have other things to do.
  expect(late.toSorted((a, b) => a - b)[20]).toBeLessThan(30);
});

test('a stream that is alone goes on at once, until its slice is over', async () => {
  const clock = new ManualClock();
  const slices = new StreamSlices(clock);
  const stream = {};
  expect(slices.next(stream)).toBeNull();
  expect(slices.next(stream)).toBeNull();
  clock.advance(10);
  const turn = slices.next(stream);
  expect(turn).not.toBeNull();
  await turn;
  expect(slices.next(stream)).toBeNull();
});
