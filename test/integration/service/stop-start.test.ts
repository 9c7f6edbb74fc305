import { expect, test } from 'vitest';
import { SELDOM, waitFor } from '../../support/wait-for.ts';
import { Workshop } from '../../support/workshop.ts';

const statesOf = async (workshop: Workshop) => (await workshop.app()).instances.map(({ state }) => state);

test('what a person stopped stays stopped, also for the next agent, until a person starts it', async () => {
  const workshop = await Workshop.running({ replicas: 2 });

  const { message } = await (await workshop.client()).stop({ app: 'web', instance: '1' });
  expect(message).toContain('slipway start web/1');
  expect(await statesOf(workshop)).toEqual(['stopped', 'ready']);
  expect((await workshop.app()).state).toBe('degraded');
  await expect(workshop.ask(1)).rejects.toThrow('fetch failed');

  await workshop.kill();
  await workshop.start();
  await waitFor('the other to be found ready', async () => (await statesOf(workshop))[1] === 'ready', SELDOM);
  expect(await statesOf(workshop)).toEqual(['stopped', 'ready']);

  await (await workshop.client()).stop({ app: 'web' });
  expect(await workshop.app()).toMatchObject({ state: 'stopped', live: { version: '1.0.0' } });
  expect(workshop.processes()).toEqual([]);

  await (await workshop.client()).start({ app: 'web' });
  expect(await statesOf(workshop)).toEqual(['ready', 'ready']);
});

test('of a stopped app one instance can be started, and the others stay down', async () => {
  const workshop = await Workshop.running({ replicas: 2 });
  await (await workshop.client()).stop({ app: 'web' });

  await (await workshop.client()).start({ app: 'web', instance: '2' });
  expect(await statesOf(workshop)).toEqual(['stopped', 'ready']);
});
