import fs from 'node:fs';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { Agent } from '../../../src/agent/index.ts';
import { SlipwayError } from '../../../src/kernel/index.ts';
import { temporaryFolder } from '../../support/temporary.ts';
import { SELDOM, waitFor } from '../../support/wait-for.ts';
import { Workshop } from '../../support/workshop.ts';

async function running(): Promise<Workshop> {
  const workshop = await Workshop.running({ replicas: 2 });
  return workshop;
}

const pids = async (workshop: Workshop) => (await workshop.app()).instances.map(({ pid }) => pid);

/** What a restart changes at once: one that is being stopped has its pid still. */
const lives = async (workshop: Workshop) =>
  (await workshop.app()).instances.map(({ pid, state, restarts }) => ({ pid, state, restarts }));

async function untilBothRestarted(workshop: Workshop, before: (number | null)[]): Promise<void> {
  await waitFor(
    'both restarted',
    async () => (await pids(workshop)).every((pid, index) => pid !== null && pid !== before[index]),
    SELDOM,
  );
}

test('a change of no process restarts none; one of the environment restarts one after the other', async () => {
  const workshop = await running();
  const before = await lives(workshop);
  const client = await workshop.client();
  workshop.configure({ stop: { grace: '3s' }, rollback_after: '5m' });
  await client.applyConfiguration();
  expect(await lives(workshop)).toEqual(before);

  workshop.configure({ env: { GREETING: 'changed' } });
  await client.applyConfiguration();
  await untilBothRestarted(
    workshop,
    before.map(({ pid }) => pid),
  );
  await workshop.untilState('running');
  const environment = (await workshop.ask(1, '/env')) as unknown as Record<string, string>;
  expect(environment.GREETING).toBe('changed');
  // One for the environment, and none for the change before it.
  expect((await workshop.app()).instances.map(({ restarts }) => restarts)).toEqual(
    before.map(() => ({ crash: 0, forced: 1 })),
  );
});

test('replicas come and go on SIGHUP, and the others go on', async () => {
  const workshop = await Workshop.running({ replicas: 3, app: { replicas: 2 } });
  const before = await pids(workshop);
  workshop.configure({ replicas: 3 });
  workshop.agent?.kill('SIGHUP');
  await waitFor(
    'a third instance',
    async () => (await workshop.app()).instances.filter(({ state }) => state === 'ready').length === 3,
    SELDOM,
  );
  expect((await pids(workshop)).slice(0, 2)).toEqual(before);
  workshop.configure({ replicas: 1 });
  workshop.agent?.kill('SIGHUP');
  await waitFor('one process', () => workshop.processes().length === 1);
  expect(await pids(workshop)).toEqual(before.slice(0, 1));
});

test('replicas that change during a roll-out neither hold it up nor stay on the old release', async () => {
  const workshop = await Workshop.running({ replicas: 4, app: { replicas: 2 } });
  const client = await workshop.client();
  for (const [version, replicas] of [
    ['1.1.0', 4],
    ['1.2.0', 1],
  ] as const) {
    const go = path.join(workshop.folder, `go-${version}`);
    workshop.bucket.putFiles(version, serverThatWaitsFor(go));
    workshop.bucket.offer({ version, hash: 'local' });
    await waitFor(
      'the roll-out',
      async () => {
        const last = await workshop.lastDeployment();
        return (
          last?.version === version &&
          last.steps.some(({ name, state }) => name === 'roll-out' && state === 'running')
        );
      },
      SELDOM,
    );
    workshop.configure({ replicas });
    await client.applyConfiguration();
    fs.writeFileSync(go, '');
    await workshop.untilDeployed(version);
    await waitFor(
      `${version} on ${replicas}`,
      async () => {
        const { instances } = await workshop.app();
        const live = instances.filter(
          (instance) => instance.state === 'ready' && instance.version === version,
        );
        return instances.length === replicas && live.length === replicas;
      },
      SELDOM,
    );
  }
  await waitFor('one process', () => workshop.processes().length === 1);
});

test('a bad file changes nothing, and every error is told', async () => {
  const workshop = await running();
  const before = await lives(workshop);
  const good = fs.readFileSync(workshop.configFile, 'utf8');
  fs.writeFileSync(
    workshop.configFile,
    good.replace('replicas: 2', 'replicas: none').replace('grace: 5s', 'grace: soon'),
  );
  await expect((await workshop.client()).applyConfiguration()).rejects.toMatchObject({
    code: 'config_invalid',
    message: expect.stringMatching(/apps\[0\]\.replicas: [\s\S]*apps\[0\]\.stop\.grace: /),
  });
  expect(await lives(workshop)).toEqual(before);
});

test('an app that is taken out of the file is stopped and keeps its data; put in again, it runs', async () => {
  const workshop = await running();
  const good = fs.readFileSync(workshop.configFile, 'utf8');
  fs.writeFileSync(workshop.configFile, `${good.slice(0, good.indexOf('apps:'))}apps: []\n`);
  await (await workshop.client()).applyConfiguration();
  expect(workshop.processes()).toEqual([]);
  expect(fs.existsSync(`${workshop.data}/service/web/1/current`)).toBe(true);
  fs.writeFileSync(workshop.configFile, good);
  await (await workshop.client()).applyConfiguration();
  const app = await workshop.untilState('running');
  expect(app.live?.version).toBe('1.0.0');
});

test('a file that changed while no agent ran takes effect at the next start', async () => {
  const workshop = await running();
  const before = await pids(workshop);
  await workshop.kill();
  workshop.configure({ env: { GREETING: 'later' } });
  await workshop.start();
  await untilBothRestarted(workshop, before);
  await workshop.untilState('running');
});

/** A release that is ready once there is a file. */
function serverThatWaitsFor(file: string): Record<string, string> {
  return {
    'server.js': `import fs from 'node:fs'; import http from 'node:http';
      const server = http.createServer((_, response) => response.end('{}'));
      const look = setInterval(() => {
        if (!fs.existsSync(${JSON.stringify(file)})) return;
        clearInterval(look);
        server.listen(Number(process.env.PORT), '127.0.0.1');
      }, 20);`,
    'package.json': '{"type":"module"}',
  };
}

test('an app that cannot be recorded keeps no other from being added, and is tried again', async () => {
  const folder = temporaryFolder();
  const configFile = path.join(folder, 'slipway.yaml');
  const configure = (names: string[]) => {
    const apps = names.map((name) => ({
      ...{ name, kind: 'service', runtime: 'command', start: './server', source: { type: 'upload' } },
    }));
    const logs = path.join(folder, 'logs');
    fs.writeFileSync(configFile, JSON.stringify({ data: path.join(folder, 'data'), logs, apps }));
  };
  configure(['one']);
  let isFull = false;
  const agent = await Agent.start({
    ...{ configFile, env: process.env, version: 'test' },
    onJournal(journal) {
      const write = journal.write.bind(journal);
      journal.write = (entry, change) => {
        if (isFull && entry === 'two: configured') throw new SlipwayError('disk_full', { message: 'full' });
        return write(entry, change);
      };
    },
  });
  onTestFinished(() => agent.leave());
  isFull = true;
  configure(['one', 'two', 'three']);
  await expect(agent.applyConfiguration()).rejects.toMatchObject({ code: 'disk_full' });
  isFull = false;
  expect(await agent.applyConfiguration()).toEqual(['two: added']);
  expect(await agent.applyConfiguration()).toEqual([]);
});
