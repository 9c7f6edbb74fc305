import { expect, test } from 'vitest';
import { ServiceProcedure } from '../../../src/service/procedure.ts';
import { perform } from '../../../src/service/steps.ts';
import { hotGround } from './ground.ts';

/** Both instances run release 2, which is taken back. */
function takenBack() {
  const ground = hotGround();
  const { journal, key, stepOf, instances } = ground;
  journal.write('both are upgraded', (tables) => {
    for (const unit of ['1', '2']) tables.updateInstance(key, unit, { release: 2 });
  });
  // Nothing runs here that could become ready.
  instances.until = async () => undefined;
  instances.isReadyWith = () => true;
  const begin = (unit: string) => {
    const step = stepOf('roll-back', unit);
    const target = { deployment: step.deployment.id, release: 2, goBackTo: 1 };
    const procedure = new ServiceProcedure(step);
    journal.write('roll-back begins', (tables) => procedure.recordIntention(tables, step.planned, target));
    return step;
  };
  return { ...ground, begin };
}

test('on a way back in place the next start is of what runs, until the other is permanent', async () => {
  const { row, begin } = takenBack();
  const step = begin('1');
  expect(row('1')?.release).toBe(2);
  await perform(step);
  expect(row('1')).toMatchObject({ release: 1, generation: 0 });
});

test('what cannot be brought back in place, or was stopped, starts with the other release', async () => {
  const { journal, key, row, begin, link, lines } = takenBack();
  link.connected = () => Promise.reject(new Error('nothing answers'));
  await perform(begin('1'));
  expect(row('1')).toMatchObject({ release: 1, generation: 1 });
  journal.write('stopped', (tables) => tables.updateInstance(key, '2', { stopped: true }));
  await perform(begin('2'));
  expect(row('2')).toMatchObject({ release: 1, generation: 0 });
  expect(lines.filter((line) => line.startsWith('started anew'))).toHaveLength(1);
});

test('where one is stopped and the next cannot be upgraded, the deployment is full, and says why', async () => {
  const { journal, key, row, rollOut, stepOf, inPlace, link, lines, deployment } = hotGround();
  journal.write('stopped', (tables) => tables.updateInstance(key, '1', { stopped: true }));
  await rollOut('1');
  expect(row('1')?.release).toBe(2);
  link.connected = () => Promise.reject(new Error('nothing answers'));
  await inPlace.rollOut(stepOf('roll-out', '2'));
  expect(deployment()).toMatchObject({ hot: false, kind: 'full' });
  expect(lines.at(-1)).toBe('full: shop/2 is not connected: nothing answers');
});

test.each([
  ['lives', null],
  ['has ended since', 3],
])(
  'where one was upgraded in place, the deployment stays hot: the run of the next %s',
  async (_, endedAt) => {
    const { journal, key, stepOf, inPlace, link, deployment } = hotGround();
    link.connected = () => Promise.reject(new Error('nothing answers'));
    journal.write('1 is upgraded', (tables) =>
      tables.putRun({
        ...{ ...key, id: 'run-1', unit: '1', release: 2, kind: 'hot', pid: 1, startedAt: 0, endedAt },
        ...{ status: null, signal: null, reason: null, unexpected: null, stderr: null },
      }),
    );
    await inPlace.rollOut(stepOf('roll-out', '2'));
    expect(deployment()).toMatchObject({ hot: true, kind: 'hot' });
  },
);

test.each(['roll-out', 'roll-back'] as const)(
  'at a %s, a VM that is lost is not stopped before it is known whether it has ended',
  async (name) => {
    const { stepOf, inPlace, link, row } = hotGround();
    const askedAgain = Promise.withResolvers<void>();
    const end = Promise.withResolvers<never>();
    const lost = { rpc: () => Promise.reject(new Error('the connection is lost')) };
    const connections = [Promise.resolve(lost as never)];
    Object.assign(link, {
      open: null,
      connected: () => {
        const next = connections.shift();
        if (next) return next;
        askedAgain.resolve();
        return end.promise;
      },
    });
    const before = row('1');
    const step = stepOf(name, '1');
    const done = name === 'roll-out' ? inPlace.rollOut(step) : inPlace.rollBack(step, 1);
    await Promise.race([askedAgain.promise, done]);
    expect(row('1')).toEqual(before);
    end.reject(new Error('the connection was given up'));
    await done;
    expect(row('1')).not.toEqual(before);
  },
);
