import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { connectTo, deployed, hotWorkshop, kindsOf, lives, outputOf, versionsOf } from '../../support/hot.ts';
import { type OtpReleases, otpReleases } from '../../support/otp-releases.ts';
import { untilSlow } from '../../support/running-release.ts';
import { treeLines } from '../../support/tree.ts';
import { SELDOM, waitFor } from '../../support/wait-for.ts';
import type { Workshop } from '../../support/workshop.ts';

let releases: OtpReleases;
beforeAll(() => {
  releases = otpReleases();
});

test('instances are upgraded under load: nothing fails, and state and requests are kept', async () => {
  const workshop = await hotWorkshop(releases, { app: { env: { GREETING: 'from the environment' } } });
  const before = await deployed(workshop, '0.1.1');
  expect(kindsOf(before)).toEqual(['full', 'full', 'full']);
  expect(before.instances.map(({ otp }) => otp?.connected)).toEqual([true, true, true]);
  for (let i = 0; i < 5; i++) await workshop.ask(2, '/counter');
  const uptimes = await Promise.all([1, 2, 3].map((instance) => uptimeOf(workshop, instance)));

  const slow = Promise.all([1, 2, 3].map((instance) => workshop.ask(instance, '/slow?ms=12000')));
  // Connections are accepted in their order: what is answered now came after the slow ones.
  await Promise.all([1, 2, 3].map((instance) => workshop.ask(instance)));
  const load = putUnderLoad(workshop, 3);
  const after = await deployed(workshop, '0.1.2');
  const { requests, failures } = await load.stop();

  expect(failures).toEqual([]);
  expect(requests).toBeGreaterThan(100);
  expect(lives(after)).toEqual(lives(before));
  expect(versionsOf(after)).toEqual(['0.1.2', '0.1.2', '0.1.2']);
  expect(kindsOf(after)).toEqual(['hot', 'hot', 'hot']);
  expect((await workshop.lastDeployment())?.kind).toBe('hot');
  expect(await outputOf(workshop)).toContain('hot: demo_app 0.1.1 -> 0.1.2');
  expect(await outputOf(workshop)).toMatch(/^demo_app: modules \S/m);
  expect(await workshop.ask(2, '/counter')).toEqual({ counter: 6 });
  for (const instance of [1, 2, 3]) {
    expect(await workshop.ask(instance)).toMatchObject({
      ...{ version: '0.1.2', code: '0.1.2', greeting: 'from the environment' },
    });
    expect(await uptimeOf(workshop, instance)).toBeGreaterThan(uptimes[instance - 1] ?? 0);
    expect(after.instances[instance - 1]?.uptime_s).toBeGreaterThan(
      before.instances[instance - 1]?.uptime_s ?? 0,
    );
  }
  expect(await slow).toEqual([1, 2, 3].map(() => ({ slept: 12_000, code: '0.1.1' })));
}, 300_000);

test('an upgraded instance boots exactly the release as it was unpacked when its VM is killed', async () => {
  const workshop = await hotWorkshop(releases, { replicas: 1 });
  await deployed(workshop, '0.1.1');
  const home = copyOf(workshop, 'current');
  const before = await deployed(workshop, '0.1.2');
  const pristine = (await (await workshop.client()).releases({ app: 'demo_app' }))[0]?.directory ?? '';
  const current = copyOf(workshop, 'current');
  expect(path.basename(current)).toBe(path.basename(pristine));
  expect(treeLines(current)).toEqual(treeLines(pristine));
  // What the VM lives in is kept, and holds both.
  expect(copyOf(workshop, 'previous')).toBe(home);
  expect(fs.readdirSync(path.join(home, 'lib'))).toEqual(
    expect.arrayContaining(['demo_app-0.1.1', 'demo_app-0.1.2']),
  );

  process.kill(before.instances[0]?.pid ?? 0, 'SIGKILL');
  const after = await waitFor(
    'the instance to be started again',
    async () => {
      const app = await workshop.app();
      return app.state === 'running' && app.instances[0]?.restarts.crash === 1 && app;
    },
    SELDOM,
  );
  expect(versionsOf(after)).toEqual(['0.1.2']);
  expect(kindsOf(after)).toEqual(['full']);
  expect(await workshop.ask(1)).toMatchObject({ version: '0.1.2', code: '0.1.2' });
  expect(copyOf(workshop, 'current')).toBe(current);
  expect(rootOf(after.instances[0]?.pid ?? 0)).toBe(current);
}, 300_000);

test('two upgrades are of the same process; the agent between finds it as the first left it', async () => {
  const workshop = await hotWorkshop(releases, { replicas: 1, app: { otp: { purge: 'brutal' } } });
  const first = await deployed(workshop, '0.1.1');
  await workshop.ask(1, '/counter');
  const connection = await connectTo(workshop, 1);
  const slow = workshop.ask(1, '/slow?ms=3600000').then(
    () => 'answered',
    () => 'ended',
  );
  await untilSlow((...call) => connection.rpc(...call));
  connection.close();
  await deployed(workshop, '0.1.2');
  await workshop.kill();
  await workshop.start();
  const found = await workshop.untilState('running');
  expect(lives(found)).toEqual(lives(first));
  expect([versionsOf(found), kindsOf(found)]).toEqual([['0.1.2'], ['hot']]);
  // It is foreseen whom the second upgrade ends: who still runs what the first one replaced.
  const plan = await (await workshop.client()).planDeploy({ app: 'demo_app', version: '0.1.6' });
  const text =
    'demo_app/1: 1 process runs older code of DemoApp.Router still (DemoApp.Http:serve/0): it is ended (otp.purge: brutal)';
  expect(plan.notes).toContain(text);
  expect(plan.upgrade?.lingering).toEqual([
    { instance: 'demo_app/1', module: 'DemoApp.Router', processes: 1, names: ['DemoApp.Http:serve/0'] },
  ]);
  const last = await deployed(workshop, '0.1.6');
  expect(await outputOf(workshop)).toContain(text);
  expect(await slow).toBe('ended');
  expect(lives(last)).toEqual(lives(first));
  expect(kindsOf(last)).toEqual(['hot']);
  expect(await workshop.ask(1)).toMatchObject({ version: '0.1.6', code: '0.1.6' });
  expect(await workshop.ask(1, '/counter')).toMatchObject({ counter: 2 });
  // The home of the VM is no longer linked, and is there all the same.
  const home = rootOf(last.instances[0]?.pid ?? 0);
  expect(path.basename(home)).toBe('deployment_1.0.1.1');
  expect([copyOf(workshop, 'current'), copyOf(workshop, 'previous')]).not.toContain(home);
  expect(fs.existsSync(path.join(home, 'lib/demo_app-0.1.6'))).toBe(true);
}, 300_000);

test('a new child, a dependency and a relup come with releases while the instance runs', async () => {
  const workshop = await hotWorkshop(releases, { replicas: 1 });
  workshop.bucket.put('0.1.2', releases.elixir('0.1.2', 'relup'));
  const before = await deployed(workshop, '0.1.1');
  await deployed(workshop, '0.1.7');
  expect(await workshop.ask(1, '/children')).toMatchObject({
    children: expect.arrayContaining([expect.stringContaining('Witness')]),
  });
  await deployed(workshop, '0.1.1');
  await deployed(workshop, '0.1.8');
  expect(await workshop.ask(1)).toMatchObject({ version: '0.1.8', lib: '1.1.0' });
  await deployed(workshop, '0.1.1');
  const after = await deployed(workshop, '0.1.2');
  expect(await workshop.ask(1)).toMatchObject({ version: '0.1.2', code: '0.1.2', lib: '1.0.0' });
  expect(lives(after)).toEqual(lives(before));
  expect(kindsOf(after)).toEqual(['hot']);
}, 300_000);

test('a release of Erlang is upgraded while it runs', async () => {
  const workshop = await hotWorkshop(releases, { replicas: 2, runtime: 'erlang' });
  const before = await deployed(workshop, '0.1.1');
  await workshop.ask(1, '/counter');
  const after = await deployed(workshop, '0.1.3');
  expect(lives(after)).toEqual(lives(before));
  expect(versionsOf(after)).toEqual(['0.1.3', '0.1.3']);
  expect(kindsOf(after)).toEqual(['hot', 'hot']);
  expect(await workshop.ask(1, '/counter')).toMatchObject({ counter: 2 });
}, 300_000);

function copyOf(workshop: Workshop, link: string): string {
  return fs.realpathSync(path.join(workshop.data, 'service', workshop.name, '1', link));
}

/** The copy that a VM was booted from. */
function rootOf(pid: number): string {
  const variables = fs.readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
  return variables.find((each) => each.startsWith('ROOTDIR='))?.slice('ROOTDIR='.length) ?? '';
}

async function uptimeOf(workshop: Workshop, instance: number): Promise<number> {
  return ((await workshop.ask(instance)) as unknown as { uptime_ms: number }).uptime_ms;
}

/** Asks every instance for `/`, one request after the other, until it is stopped. */
function putUnderLoad(workshop: Workshop, replicas: number) {
  let stopped = false;
  let requests = 0;
  const failures: string[] = [];
  const loops = Array.from({ length: replicas }, async (_, index) => {
    while (!stopped) {
      const wrong = await get(workshop.port + index);
      requests++;
      if (wrong !== null) failures.push(wrong);
    }
  });
  return {
    async stop() {
      stopped = true;
      await Promise.all(loops);
      return { requests, failures };
    },
  };
}

/** What was wrong, or null. */
function get(port: number): Promise<string | null> {
  return new Promise((resolve) => {
    http
      .get({ host: '127.0.0.1', port, path: '/', agent: false }, (response) => {
        response.resume();
        response.on('end', () =>
          resolve(response.statusCode === 200 ? null : `status ${response.statusCode}`),
        );
        response.on('error', (error) => resolve(error.message));
      })
      .on('error', (error) => resolve(error.message));
  });
}
