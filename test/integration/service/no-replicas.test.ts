import { expect, test } from 'vitest';
import { SELDOM, waitFor } from '../../support/wait-for.ts';
import { Workshop } from '../../support/workshop.ts';

test('an app of 0 replicas is deployed, runs nothing, and what nothing has run of is no way back', async () => {
  const workshop = await Workshop.make({ replicas: 2, app: { replicas: 0 } });
  const scale = async (replicas: number) => {
    workshop.configure({ replicas });
    return (await (await workshop.client()).applyConfiguration({})).message;
  };
  const releases = async () =>
    (await (await workshop.client()).releases({ app: 'web' })).map(({ version, state, proven }) => [
      ...[version, state, proven],
    ]);
  workshop.publish('1.0.0', {}, { pre_commands: ['touch built'] });
  await workshop.start();
  const first = await workshop.untilDeployed('1.0.0');
  const reason = '0 replicas are configured: nothing was started, so the release is live, and not proven';
  expect(first).toMatchObject({ state: 'succeeded', reason });
  expect(first.steps.map(({ name, state }) => `${name} ${state}`)).toEqual([
    ...['fetch succeeded', 'unpack succeeded', 'pre-command: touch built succeeded', 'sync succeeded'],
    'prove skipped',
  ]);
  expect(await workshop.app()).toMatchObject({ state: 'stopped', live: { version: '1.0.0' }, instances: [] });
  expect(await releases()).toEqual([['1.0.0', 'live', false]]);
  const client = await workshop.client();
  await expect(client.restart({ app: 'web' })).rejects.toMatchObject({
    message: '0 replicas of web are configured, so there is nothing to restart',
  });
  const none = expect.stringContaining('0 replicas are configured');
  expect(await client.stop({ app: 'web' })).toEqual({ message: none });
  expect(await client.start({ app: 'web' })).toEqual({ message: none });

  // More of them start what is live, also where an agent has died in between.
  await workshop.kill();
  await workshop.start();
  expect(await scale(2)).toContain('nothing is restarted');
  await workshop.untilState('running');
  expect((await workshop.ask(2)).version).toBe('1.0.0');
  workshop.publish('1.1.0', { WEB_STDERR: 'up' });
  await workshop.untilDeployed('1.1.0');

  await scale(0);
  await workshop.untilState('stopped');
  await waitFor('all to have ended', () => workshop.processes().length === 0, SELDOM);
  // What they wrote can be read still.
  const instancesIn = async (instance?: string) => {
    const found = new Set<string>();
    const lines = await (await workshop.client()).logs({ app: 'web', ...(instance && { instance }) });
    for await (const line of lines) if (line.instance) found.add(line.instance);
    return [...found].sort();
  };
  expect(await instancesIn()).toEqual(['web/1', 'web/2']);
  expect(await instancesIn('2')).toEqual(['web/2']);
  workshop.publish('1.2.0');
  await workshop.untilDeployed('1.2.0');
  expect(await releases()).toEqual([
    ['1.2.0', 'live', false],
    ['1.1.0', 'retired', true],
  ]);
  await scale(2);
  await workshop.untilState('running');
  // What is live never showed that it works: the way back leads to what did.
  workshop.publish('1.3.0', { WEB_EXIT_AFTER_MS: 1 });
  await workshop.untilDeployed('1.3.0', 'rolled_back');
  const back = await workshop.untilState('running');
  expect(back.live?.version).toBe('1.1.0');
  expect(back.ghosted.map(({ version }) => version)).toEqual(['1.3.0']);

  // And a rollback of a person changes what is live, where nothing runs of it.
  workshop.publish('1.4.0');
  await workshop.untilDeployed('1.4.0');
  await scale(0);
  await workshop.untilState('stopped');
  await (await workshop.client()).rollback({ app: 'web' });
  expect(await workshop.untilDeployed('1.1.0')).toMatchObject({ kind: 'rollback', reason });
  expect((await workshop.app()).live?.version).toBe('1.1.0');
});
