import { expect, onTestFinished, test } from 'vitest';
import { AutomaticDeployment } from '../../../src/app/automatic-deployment.ts';
import { HEALTH_OR_BACK } from '../../../src/deployment/plan.ts';
import type { Procedure } from '../../../src/deployment/procedure.ts';
import { DeploymentQueue } from '../../../src/deployment/queue.ts';
import { makeLive } from '../../../src/deployment/record.ts';
import type { DeploymentRow, DeploymentState } from '../../../src/journal/index.ts';
import type { SiteContext } from '../../../src/site/context.ts';
import { planSiteBack } from '../../../src/site/plan.ts';
import { archiveOffer } from '../../../src/source/index.ts';
import { waitFor } from '../../support/wait-for.ts';
import { siteGround } from '../site/ground.ts';

const PERSON = { trigger: 'cli', actor: 'ada' };

/** A queue on that site, of which the steps `unpack` and `health` end as the test says. */
function queueOf(context: SiteContext) {
  const { journal, key } = context;
  const begun = new Map<string, { succeed(): void; fail(): void }>();
  const procedure: Procedure = {
    planBack: planSiteBack,
    plan: () => [
      { name: 'unpack', unit: null, argument: null },
      { name: 'switch', unit: null, argument: null },
      { name: 'health', unit: null, argument: HEALTH_OR_BACK },
    ],
    observe: () => ({ maxUnavailable: 1, exits: 0, unready: new Set() }),
    watch: () => () => undefined,
    recordIntention(tables, step, { release }) {
      if (step.name === 'switch') makeLive(tables, context, release);
    },
    perform: ({ planned, deployment, signal }) =>
      new Promise((resolve, reject) => {
        if (planned.name !== 'unpack' && planned.name !== 'health') return resolve();
        signal.addEventListener('abort', () => reject(new Error('aborted')));
        const fail = () => reject(new Error('it is bad'));
        begun.set(`${planned.name} of ${deployment.id}`, { succeed: resolve, fail });
      }),
  };
  const queue = new DeploymentQueue({ context, procedure });
  queue.ended.on(() => queue.beginNext());
  onTestFinished(() => queue.detach());
  const row = (id: number): DeploymentRow => {
    const found = journal.tables.deployment(id);
    if (!found) throw new Error(`there is no deployment ${id}`);
    return found;
  };
  return {
    queue,
    row,
    pinned: () => journal.tables.app(key)?.pinned,
    /** Adds a deployment of a version that is pinned by it, or not. */
    deploy(version: string, { pins }: { pins: boolean }): number {
      const pinned = pins ? version : null;
      const offer = archiveOffer(version);
      return queue.add({ kind: 'site', offer, caller: PERSON, release: null, pinned }, () => undefined);
    },
    async step(name: string, id: number) {
      return await waitFor(`${name} of ${id}`, () => {
        const step = begun.get(`${name} of ${id}`);
        if (step) return step;
        throw new Error(row(id).state);
      });
    },
    async ended(id: number, state: DeploymentState): Promise<void> {
      await waitFor(`deployment ${id} to be ${state}`, () => {
        if (row(id).state === state && queue.running !== id) return true;
        throw new Error(row(id).state);
      });
    },
  };
}

function pinnedGround(pinned: string | null): SiteContext {
  const { context } = siteGround();
  context.journal.write('pinned', (tables) => tables.updateApp(context.key, { pinned }));
  return context;
}

test('what a person chose is pinned as soon as it is to go live, and when it is', async () => {
  const site = queueOf(pinnedGround(null));
  const id = site.deploy('1.0', { pins: true });
  expect(site.pinned()).toBe('1.0');
  (await site.step('unpack', id)).succeed();
  (await site.step('health', id)).succeed();
  await site.ended(id, 'succeeded');
  expect(site.pinned()).toBe('1.0');
});

test.each([null, '0.9'])(
  'one that fails before its switch leaves what was pinned before: %s',
  async (before) => {
    const site = queueOf(pinnedGround(before));
    const id = site.deploy('1.0', { pins: true });
    expect(site.pinned()).toBe('1.0');
    (await site.step('unpack', id)).fail();
    await site.ended(id, 'failed');
    expect(site.pinned()).toBe(before);
  },
);

test('so does one that is cancelled before its switch', async () => {
  const site = queueOf(pinnedGround(null));
  const id = site.deploy('1.0', { pins: true });
  await site.step('unpack', id);
  await site.queue.cancel(site.row(id), PERSON);
  expect(site.row(id).state).toBe('cancelled');
  expect(site.pinned()).toBeNull();
});

test('so does one that is taken back after its switch', async () => {
  const ground = siteGround();
  const site = queueOf(ground.context);
  const first = site.deploy('1.0', { pins: false });
  (await site.step('unpack', first)).succeed();
  (await site.step('health', first)).succeed();
  await site.ended(first, 'succeeded');
  ground.goLive(1);
  const id = site.deploy('2.0', { pins: true });
  (await site.step('unpack', id)).succeed();
  (await site.step('health', id)).fail();
  await site.ended(id, 'rolled_back');
  expect(site.pinned()).toBeNull();
});

test('one that fails its check with nothing to go back to is what is live, and stays pinned', async () => {
  const site = queueOf(pinnedGround(null));
  const id = site.deploy('1.0', { pins: true });
  (await site.step('unpack', id)).succeed();
  (await site.step('health', id)).fail();
  await site.ended(id, 'failed');
  expect(site.pinned()).toBe('1.0');
});

test('the next agent, in which it fails, knows what was pinned before', async () => {
  const ground = siteGround();
  const killed = queueOf(ground.context);
  const id = killed.deploy('1.0', { pins: true });
  await killed.step('unpack', id);
  killed.queue.detach();
  ground.context.journal.close();
  const site = queueOf(ground.nextAgent());
  expect(site.pinned()).toBe('1.0');
  expect(site.queue.resume()).toBe(true);
  (await site.step('unpack', id)).fail();
  await site.ended(id, 'failed');
  expect(site.pinned()).toBeNull();
});

test('one that waits and is cancelled, or superseded, never held the app', async () => {
  const site = queueOf(pinnedGround('0.9'));
  const running = site.deploy('1.0', { pins: false });
  await site.step('unpack', running);
  const first = site.deploy('2.0', { pins: true });
  expect(site.pinned()).toBe('2.0');
  await site.queue.cancel(site.row(first), PERSON);
  expect(site.pinned()).toBeNull();

  const second = site.deploy('3.0', { pins: true });
  const third = site.deploy('4.0', { pins: true });
  expect(site.row(second).state).toBe('superseded');
  expect(site.pinned()).toBe('4.0');
  (await site.step('unpack', running)).fail();
  (await site.step('unpack', third)).fail();
  await site.ended(third, 'failed');
  expect(site.pinned()).toBeNull();
});

test('one that does not go live leaves the pin of what waits, which knows what was before both', async () => {
  const site = queueOf(pinnedGround('0.9'));
  const running = site.deploy('1.0', { pins: true });
  const step = await site.step('unpack', running);
  const next = site.deploy('2.0', { pins: true });
  step.fail();
  await site.ended(running, 'failed');
  expect(site.pinned()).toBe('2.0');
  (await site.step('unpack', next)).fail();
  await site.ended(next, 'failed');
  expect(site.pinned()).toBe('0.9');
});

test('those who follow one that waits are told when another one ends it', async () => {
  const context = pinnedGround(null);
  const site = queueOf(context);
  const automatic = { trigger: 'auto', actor: 'slipway' };
  const add = (version: string) => {
    const offer = archiveOffer(version);
    return site.queue.add({ kind: 'site', offer, caller: automatic, release: null }, () => undefined);
  };
  await site.step('unpack', add('1.0'));
  const first = add('2.0');
  const second = add('3.0');
  const told: string[] = [];
  site.queue.progressed.on((id) => told.push(`${id}: ${site.row(id).state}`));
  await waitFor('the first to be told', () => told.includes(`${first}: superseded`));
  context.journal.write('dropped', (tables) => site.queue.dropAutomatic(tables, 'pinned to 1.0'));
  await waitFor('the second to be told', () => told.includes(`${second}: cancelled`));
});

test.each(['pin', 'unpin'] as const)(
  'what a person says meanwhile holds, whatever becomes of it: %s',
  async (said) => {
    const context = pinnedGround('0.9');
    const site = queueOf(context);
    const automatic = new AutomaticDeployment({ context, queue: site.queue, kind: 'site' });
    const id = site.deploy('1.0', { pins: true });
    const step = await site.step('unpack', id);
    if (said === 'pin') automatic.pin('1.0', PERSON);
    else automatic.unpin(PERSON);
    step.fail();
    await site.ended(id, 'failed');
    expect(site.pinned()).toBe(said === 'pin' ? '1.0' : null);
  },
);

test('a deployment of what the source offers ends a pin for good, also where it fails', async () => {
  const site = queueOf(pinnedGround('0.9'));
  const id = site.deploy('1.0', { pins: false });
  (await site.step('unpack', id)).fail();
  await site.ended(id, 'failed');
  expect(site.pinned()).toBeNull();
});
