import path from 'node:path';
import Database from 'better-sqlite3';
import { expect, test } from 'vitest';
import type { Happening } from '../../../src/api/index.ts';
import { eventIdOf } from '../../../src/api/link.ts';
import { waitFor } from '../../support/wait-for.ts';
import { Workshop } from '../../support/workshop.ts';

/** Follows the events, over cuts by hand and over the death of the agent. */
async function follow(workshop: Workshop) {
  const client = await workshop.client();
  const first = (await client.status({})).agent.last_event;
  const heard: Happening[] = [];
  const ids: string[] = [];
  let cutting = new AbortController();
  let isOver = false;
  const over = (async () => {
    while (!isOver) {
      cutting = new AbortController();
      const { signal } = cutting;
      try {
        for await (const event of await client.events({ after: ids.at(-1) ?? first }, { signal })) {
          heard.push(event);
          ids.push(eventIdOf(event) ?? '');
        }
      } catch {
        // It was cut, or the agent is away.
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    }
  })();
  return {
    heard,
    ids,
    first,
    types: () => heard.map(({ type }) => type),
    cut: () => cutting.abort(),
    async end() {
      isOver = true;
      cutting.abort();
      await over;
    },
  };
}

test('every change is told, and over cuts and kill -9 none is lost and none told twice', async () => {
  const workshop = await Workshop.running({ replicas: 2 });
  const stream = await follow(workshop);
  const client = await workshop.client();
  const told = async (type: string) => await waitFor(type, () => stream.types().includes(type));
  await client.pin({ app: 'web', version: '1.0.0' });
  await client.ghost({ app: 'web', version: '0.9.0' });
  stream.cut();
  await client.unghost({ app: 'web', version: '0.9.0' });
  await client.unpin({ app: 'web' });
  await client.stop({ app: 'web', instance: '1' });
  // What nobody was told yet when the agent is killed is not told: the next one says that it is another one.
  await told('app.stopped');
  await workshop.kill();
  await workshop.start();
  await (await workshop.client()).start({ app: 'web', instance: '1' });
  await told('app.started');
  stream.cut();
  await (await workshop.client()).restart({ app: 'web', instance: '2' });
  process.kill((await workshop.ask(2)).pid, 'SIGKILL');
  await told('instance.crashed');
  await workshop.kill();
  await workshop.start();
  workshop.publish('1.1.0');
  await workshop.untilDeployed('1.1.0');
  workshop.configure({ env: { GREETING: 'hello' } });
  await (await workshop.client()).applyConfiguration();
  await told('config.applied');
  const database = new Database(path.join(workshop.data, 'slipway.db'), { readonly: true });
  const [, first] = stream.first.split(':');
  await stream.end();
  const kept = database
    .prepare('SELECT seq FROM event WHERE seq > ? AND seq <= ? ORDER BY seq')
    .pluck()
    .all(first, stream.heard.at(-1)?.seq);
  expect(stream.heard.map(({ seq }) => seq)).toEqual(kept);
  database.close();

  const types = new Set(stream.types());
  const expected = [
    'version.pinned',
    'version.unpinned',
    'version.ghosted',
    'version.unghosted',
    'app.stopped',
  ];
  const more = [
    'app.restarted',
    'instance.stopped',
    'instance.ready',
    'source',
    'agent.started',
    'app.configured',
  ];
  const deployments = ['deployment.waiting', 'deployment.begins', 'deployment.step', 'deployment.succeeded'];
  expect([...expected, ...more, ...deployments].filter((type) => !types.has(type))).toEqual([]);
  const crash = stream.heard.find(({ type }) => type === 'instance.crashed');
  expect(crash).toMatchObject({ app: 'web', instance: 'web/2' });
  const { id } = (await workshop.lastDeployment()) ?? {};
  expect(stream.heard.find(({ type }) => type === 'deployment.succeeded')).toMatchObject({
    app: 'web',
    deployment: id,
  });

  // The same is looked back upon.
  const again = await workshop.client();
  const runs = await again.runs({ app: 'web', instance: '2' });
  expect(runs.map(({ version }) => version)).toContain('1.1.0');
  expect(runs.find(({ unexpected }) => unexpected)).toMatchObject({ version: '1.0.0', signal: 'SIGKILL' });
  const numbers = runs.map(({ number }) => number);
  const page = await again.runs({ app: 'web', instance: '2', limit: 1, before: numbers[0] });
  expect(page.map(({ number }) => number)).toEqual([numbers[1]]);
  const [, second] = (await workshop.app()).instances;
  expect(second?.versions.map(({ version }) => version)).toEqual(['1.1.0', '1.0.0']);
  expect(second?.last_deployment).toEqual({ id, state: 'succeeded' });
  const entries = await again.timeline({ app: 'web' });
  expect(entries.map(({ at }) => at)).toEqual(entries.map(({ at }) => at).toSorted());
  const kinds = new Set(entries.map(({ kind }) => kind));
  expect([...kinds].toSorted()).toEqual(['action', 'configuration', 'deployment', 'exit', 'run', 'state']);
  const [unpack] = await again.stepMedians({ app: 'web' });
  expect(unpack).toMatchObject({ name: 'fetch', instance: null, count: 2 });
});
