import { expect, test } from 'vitest';
import { atom, charlist, tuple } from '../../../src/otp/index.ts';
import { compareWithLive, liveRelease } from '../../../src/service/hot-decision.ts';
import type { InstanceStateName } from '../../../src/supervisor/index.ts';
import { waitFor } from '../../support/wait-for.ts';
import { hotGround } from './ground.ts';

/** Both instances were found running by an agent that has just been started, and have yet to answer. */
function foundRunning() {
  const ground = hotGround();
  const { instances, stepOf, clock } = ground;
  const states: Record<string, InstanceStateName> = { '1': 'starting', '2': 'starting' };
  const found = instances.get.bind(instances);
  instances.get = (unit) =>
    Object.assign(found(unit) ?? {}, {
      stateName: states[unit],
      state: { reason: 'found running' },
    }) as never;
  instances.isReadyWith = (unit) => states[unit] === 'ready';
  ground.answers.which_releases = [
    tuple(charlist('shop'), charlist('1.0.0'), [charlist('shop-1.0.0')], atom('permanent')),
  ];
  ground.journal.write('live', (tables) => tables.updateApp(ground.key, { live: 1 }));
  const { context, links, signal } = stepOf('roll-out', '1');
  const live = liveRelease(context);
  if (!live) throw new Error('nothing is live');
  const wanted = context.layout.releaseDirectory(2, '2.0.0');
  const decision = compareWithLive(context, { live, wanted, instances, links, signal });
  return {
    decision,
    untilItWaits: () => waitFor('it to wait', () => clock.pending > 0),
    advance: (ms: number) => clock.advance(ms),
    become(unit: string, state: InstanceStateName) {
      states[unit] = state;
      instances.transitioned.emit({ unit } as never);
    },
  };
}

test('whether an upgrade is hot is decided once what was found running has answered', async () => {
  const { decision, untilItWaits, become } = foundRunning();
  await untilItWaits();
  become('1', 'ready');
  become('2', 'ready');
  expect(await decision).toMatchObject({ kind: 'hot' });
});

test('an instance that does not come up is waited for only so long', async () => {
  const { decision, untilItWaits, become, advance } = foundRunning();
  await untilItWaits();
  become('1', 'ready');
  advance(10_000);
  expect(await decision).toEqual({ kind: 'full', reason: 'shop/2 is not ready: found running' });
});
