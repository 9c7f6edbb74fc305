import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { freePorts } from '../../support/free-port.ts';
import { otpReleases } from '../../support/otp-releases.ts';
import { temporaryFolder } from '../../support/temporary.ts';
import { SELDOM, waitFor } from '../../support/wait-for.ts';
import { LAUNCHER, Workshop, type WorkshopOptions } from '../../support/workshop.ts';

let elixir: (version: string) => string;
beforeAll(() => {
  elixir = otpReleases().elixir;
});

async function makeWorkshop(options: WorkshopOptions): Promise<Workshop> {
  // An epmd of its own: the host's, and other tests', are left alone.
  const epmdPort = await freePorts(1);
  const workshop = await Workshop.make({
    ...options,
    name: 'demo_app',
    app: { runtime: 'elixir', start: undefined, ready: { http: '/' }, ...options.app },
    env: { ERL_EPMD_PORT: String(epmdPort) },
  });
  for (const version of ['0.1.0', '0.1.1', '0.1.3', '0.1.4']) workshop.bucket.put(version, elixir(version));
  return workshop;
}

test('a mix release goes live, the next one rolls, and one that dies is taken back on all', async () => {
  const workshop = await makeWorkshop({ app: { prove_after: '100ms' } });
  workshop.bucket.offer({ version: '0.1.0', hash: 'local' });
  await workshop.start();
  await workshop.untilDeployed('0.1.0');
  expect(await versions(workshop)).toEqual(['0.1.0', '0.1.0', '0.1.0']);
  const first = await workshop.ask(2);
  expect(first).toMatchObject({ instance: '-2', greeting: 'runtime-default' });

  workshop.bucket.offer({ version: '0.1.1', hash: 'local' });
  const rolled = await workshop.untilDeployed('0.1.1');
  expect(await versions(workshop)).toEqual(['0.1.1', '0.1.1', '0.1.1']);
  expect(oneByOne(rolled.steps)).toBe(true);

  // However slow this machine is, it is not proven before it has died.
  workshop.configure({ prove_after: '10m' });
  await (await workshop.client()).applyConfiguration();
  workshop.bucket.offer({ version: '0.1.3', hash: 'local' });
  const bad = await workshop.untilDeployed('0.1.3', 'rolled_back');
  expect(bad.reason).toContain('3 unexpected exits');
  await workshop.untilState('running');
  expect(await versions(workshop)).toEqual(['0.1.1', '0.1.1', '0.1.1']);
  const app = await workshop.app();
  expect(app.ghosted.map(({ version }) => version)).toEqual(['0.1.3']);
  expect(app.live?.version).toBe('0.1.1');
  for (let instance = 1; instance <= 3; instance++) {
    const root = path.join(workshop.data, 'service/demo_app', String(instance));
    expect(fs.readlinkSync(path.join(root, 'current'))).toMatch(/^release\/deployment_2\.0\.1\.1$/);
  }
}, 300_000);

test('pre-commands run once, before any instance is touched; one that fails ends it all', async () => {
  const marker = path.join(temporaryFolder(), 'migrated');
  const workshop = await makeWorkshop({
    replicas: 2,
    app: {
      ...{ prove_after: '500ms', env: { MIGRATE_MARKER: marker } },
      cron: [
        {
          name: 'again',
          command: `bin/demo_app eval "DemoApp.Release.migrate(); IO.puts(System.get_env(~s(RELEASE_NODE)))"`,
        },
        {
          name: 'within',
          command: {
            sh: [
              'export RELEASE_NODE=demo_app-1 RELEASE_NODE_SUFFIX=-1; exec bin/demo_app rpc "IO.puts(node())"',
            ],
          },
        },
      ].map((entry) => ({ ...entry, schedule: '0 0 1 1 *' })),
    },
  });
  workshop.bucket.offer({ version: '0.1.0', hash: 'local' });
  await workshop.start();
  await workshop.untilDeployed('0.1.0');
  const pids = (await workshop.app()).instances.map(({ pid }) => pid);

  workshop.bucket.offer({ version: '0.1.4', hash: 'a', pre_commands: ['eval DemoApp.Release.fail'] });
  const failed = await workshop.untilDeployed('0.1.4', 'failed');
  const step = failed.steps.find(({ name }) => name.startsWith('pre-command'));
  expect(step?.output.join('\n')).toContain('migration failed on purpose');
  expect(
    failed.steps.filter(({ name }) => name === 'roll-out').every(({ state }) => state === 'skipped'),
  ).toBe(true);
  expect((await workshop.app()).instances.map(({ pid }) => pid)).toEqual(pids);
  expect((await workshop.app()).state).toBe('running');

  workshop.bucket.offer({ version: '0.1.4', hash: 'b', pre_commands: ['eval DemoApp.Release.migrate'] });
  const migrated = await workshop.untilDeployed('0.1.4');
  expect(fs.readFileSync(marker, 'utf8').trim().split('\n')).toHaveLength(1);
  const ended =
    Date.parse(stepOf(migrated.steps, 'pre-command').started_at ?? '') +
    (stepOf(migrated.steps, 'pre-command').duration_ms ?? 0);
  expect(ended).toBeLessThanOrEqual(Date.parse(stepOf(migrated.steps, 'roll-out').started_at ?? ''));
  expect(await versions(workshop)).toEqual(['0.1.4', '0.1.4']);

  // What cron runs is as a pre-command is: in the release as it was unpacked, a node of its own.
  const client = await workshop.client();
  const outputOf = async (name: string) => {
    await client.runCron({ app: 'demo_app', entry: name });
    const ran = await waitFor(`${name} to end`, async () => {
      const entry = (await client.cron({ app: 'demo_app' })).find((each) => each.name === name);
      return entry?.running === false && entry.runs[0];
    });
    expect(ran).toMatchObject({ status: 0, reason: 'started by test; exit status 0' });
    return fs.readFileSync(path.join(workshop.logs, `demo_app/demo_app-cron-${name}-stdout.log`), 'utf8');
  };
  expect(await outputOf('again')).toMatch(/^demo_app-cron$/m);
  expect(fs.readFileSync(marker, 'utf8').trim().split('\n')).toHaveLength(2);
  // Within an instance, where its node is named.
  expect(await outputOf('within')).toMatch(/^demo_app-1@/);
}, 300_000);

type Steps = Awaited<ReturnType<Workshop['untilDeployed']>>['steps'];

function stepOf(steps: Steps, name: string): Steps[number] {
  const found = steps.find((step) => step.name.startsWith(name));
  if (!found) throw new Error(`no step ${name}`);
  return found;
}

/** Whether each roll-out began only after the one before it had ended. */
function oneByOne(steps: Steps): boolean {
  const rolls = steps.filter(({ name }) => name === 'roll-out');
  return rolls.slice(1).every((step, index) => {
    const before = rolls[index];
    return (
      Date.parse(step.started_at ?? '') >= Date.parse(before?.started_at ?? '') + (before?.duration_ms ?? 0)
    );
  });
}

async function versions(workshop: Workshop): Promise<string[]> {
  const { instances } = await workshop.app();
  return await Promise.all(instances.map(async (_, index) => (await workshop.ask(index + 1)).version));
}

test('two environments of a release of another name run side by side, as nodes of their own', async () => {
  const epmdPort = await freePorts(1);
  const workshop = await Workshop.make({
    ...{ name: 'shop', replicas: 1, env: { ERL_EPMD_PORT: String(epmdPort) } },
    app: { runtime: 'elixir', start: undefined, ready: { http: '/' }, prove_after: '100ms' },
  });
  workshop.bucket.put('0.1.1', elixir('0.1.1'));
  workshop.bucket.offer({ version: '0.1.1', hash: 'local' });
  const versions = path.join(workshop.bucket.folder, 'versions/shop');
  fs.cpSync(path.join(versions, 'production'), path.join(versions, 'staging'), { recursive: true });
  const file = parse(fs.readFileSync(workshop.configFile, 'utf8'));
  file.apps.push({ ...file.apps[0], environment: 'staging', port: await freePorts(1) });
  fs.writeFileSync(workshop.configFile, stringify(file));
  await workshop.start();
  const client = await workshop.client();
  const nodes = await waitFor(
    'both to run and to be connected',
    async () => {
      const { apps } = await client.status({});
      const all = apps.map(
        ({ state, instances: [one] }) => state === 'running' && one?.otp?.connected && one.otp.node,
      );
      if (all.every(Boolean)) return all;
      throw new Error(JSON.stringify(apps));
    },
    { ...SELDOM, deadlineMs: 120_000 },
  );
  // The release makes the name by itself, of its own and the suffix.
  expect(nodes).toEqual([
    expect.stringMatching(/^demo_app-1@/),
    expect.stringMatching(/^demo_app-staging-1@/),
  ]);

  // epmd was started for them, and ends with the last of them.
  expect(await answers(epmdPort)).toBe(true);
  const order = spawn(LAUNCHER, ['agent', '--stop-apps', '--config', workshop.configFile], {
    stdio: 'ignore',
  });
  expect(await once(order, 'exit')).toEqual([0, null]);
  expect(await answers(epmdPort)).toBe(false);
}, 300_000);

async function answers(port: number): Promise<boolean> {
  const socket = net.connect({ host: '127.0.0.1', port });
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
