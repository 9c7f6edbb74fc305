import { expect, test } from 'vitest';
import type { StandBy } from '../../../src/supervisor/launches.ts';
import { Starts } from '../../../src/supervisor/starts.ts';
import { Successor } from '../../../src/supervisor/successor.ts';
import { ManualClock } from '../../support/clock.ts';

test('no more than sixteen holders stand by, and one that is taken makes room for another', async () => {
  const clock = new ManualClock();
  const runs = { starts: new Starts({ clock }), successors: new Set<StandBy>() };
  const prepared = async () => {
    const successor = new Successor({ runs, clock });
    const isPrepared = successor.prepareSoon(async () => standBy);
    clock.advance(500);
    await isPrepared;
    return successor;
  };
  const all: Successor[] = [];
  for (let i = 0; i < 20; i++) all.push(await prepared());
  const wanted = { release: 1, generation: 0, running: true };
  expect(runs.successors.size).toBe(16);
  expect(all[16]?.take(wanted)).toBeNull();
  expect(all[0]?.take(wanted)).not.toBeNull();
  expect((await prepared()).take(wanted)).not.toBeNull();
  all[1]?.discard();
  expect(runs.successors.size).toBe(14);
});

function standBy(): StandBy {
  return {
    name: { app: 'web', unit: '1', release: 1, generation: 0 },
    start: () => Promise.reject(new Error('not started here')),
    discard: () => {},
    isUsable: () => true,
  };
}
