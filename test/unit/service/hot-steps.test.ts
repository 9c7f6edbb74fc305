import { expect, test } from 'vitest';
import { atom, charlist, tuple } from '../../../src/otp/index.ts';
import type { InPlace } from '../../../src/service/in-place.ts';
import { hotGround } from './ground.ts';

test('an instance that was stopped gets the release by its next start; the deployment is hot', async () => {
  const { journal, key, row, rollOut, deployment } = hotGround();
  journal.write('stopped', (tables) => tables.updateInstance(key, '1', { stopped: true }));
  await rollOut('1');
  expect(row('1')?.release).toBe(2);
  expect(deployment()).toMatchObject({ hot: true, kind: 'hot' });
});

test('where the first instance that runs cannot be upgraded in place, the deployment is full', async () => {
  const { stepOf, inPlace, link, row, deployment } = hotGround();
  link.connected = () => Promise.reject(new Error('nothing answers'));
  await inPlace.rollOut(stepOf('roll-out', '1'));
  expect(row('1')?.release).toBe(2);
  expect(deployment()).toMatchObject({ hot: false, kind: 'full' });
});

test('an instance that is no longer configured fails neither its roll-out nor its way back', async () => {
  for (const way of ['out', 'back'] as const) {
    const { stepOf, inPlace, link, lines, removeSecond, deployment } = hotGround();
    link.connected = () => {
      removeSecond();
      return Promise.reject(new Error('it was stopped'));
    };
    if (way === 'out') await inPlace.rollOut(stepOf('roll-out', '2'));
    else await inPlace.rollBack(stepOf('roll-back', '2'), 1);
    expect(lines).toEqual([]);
    expect(deployment()).toMatchObject({ hot: true, kind: 'hot' });
  }
});

test('a roll-out is over when its instance is no longer configured', async () => {
  const { rollOut, lines, removeSecond } = hotGround();
  const inPlace = { rollOut: async () => removeSecond() } as unknown as InPlace;
  await rollOut('2', { inPlace });
  expect(lines).toEqual(['no longer configured']);
});

test('an upgrade that takes longer than rollback_after is told to end', async () => {
  const { rollOut, clock, rollbackAfterMs } = hotGround();
  const begun = Promise.withResolvers<AbortSignal>();
  const inPlace = {
    rollOut: ({ signal }: { signal: AbortSignal }) => {
      begun.resolve(signal);
      return new Promise(() => undefined);
    },
  } as unknown as InPlace;
  const late = rollOut('1', { inPlace });
  const signal = await begun.promise;
  expect(signal.aborted).toBe(false);
  clock.advance(rollbackAfterMs);
  await expect(late).rejects.toThrow('rollback_after');
  expect(signal.aborted).toBe(true);
});

test('on the way back, a VM that has the wanted release runs on, though there is no way down', async () => {
  const { stepOf, inPlace, lines, row } = hotGround();
  await inPlace.rollBack(stepOf('roll-back', '1'), 1);
  expect(lines).toEqual([]);
  expect(row('1')).toMatchObject({ release: 1, generation: 0, wantedGeneration: 0 });
});

test('on the way back without a way down, a VM of another release is started anew', async () => {
  for (const answer of [
    { which_releases: [tuple(charlist('shop'), charlist('2.0.0'), [], atom('permanent'))] },
    { exprs: tuple(atom('value'), charlist('2.0.0'), []) },
  ]) {
    const { stepOf, inPlace, lines, row, answers } = hotGround();
    Object.assign(answers, answer);
    await inPlace.rollBack(stepOf('roll-back', '1'), 1);
    expect(lines).toEqual([expect.stringContaining('started anew: ')]);
    expect(row('1')?.generation).toBe(1);
  }
});
