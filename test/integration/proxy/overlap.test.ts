import fs from 'node:fs';
import web from 'node:http';
import path from 'node:path';
import { expect, test } from 'vitest';
import { freePorts } from '../../support/free-port.ts';
import { request } from '../../support/haproxy.ts';
import { proxyLoad } from '../../support/proxy-load.ts';
import { SmallDisk } from '../../support/small-disk.ts';
import { SELDOM, waitFor } from '../../support/wait-for.ts';
import { Workshop } from '../../support/workshop.ts';

const HOST = 'web.test';

async function overlapping(replicas: number) {
  const http = await freePorts(1);
  const spare_port = await freePorts(replicas);
  const app = { domains: [HOST], roll_out: { drain: '5s', spare_port } };
  const workshop = await Workshop.running({ replicas, app, host: { proxy: { http: `127.0.0.1:${http}` } } });
  const version = async () => JSON.parse((await request(http, HOST)).body).version;
  await waitFor('the proxy', async () => (await version()) === '1.0.0', SELDOM);
  return { workshop, http, sparePort: spare_port, version };
}

const currentOf = (workshop: Workshop, instance: number) =>
  fs.readlinkSync(path.join(workshop.data, 'service/web', String(instance), 'current'));

test('one instance is rolled out, restarted and reconfigured without a moment without it', async () => {
  const { workshop, http, sparePort, version } = await overlapping(1);
  const { answers, end } = proxyLoad(http, { host: HOST });
  const [before] = (await workshop.app()).instances;
  expect(before).toMatchObject({ slot: '1', port: workshop.port, successor: null });

  workshop.publish('2.0.0', { WEB_START_DELAY_MS: 300 });
  const seen = await waitFor('its successor', async () => {
    const [instance] = (await workshop.app()).instances;
    return instance?.successor && { ...instance, current: currentOf(workshop, 1) };
  });
  expect(seen).toMatchObject({ version: '1.0.0', state: 'ready', pid: before?.pid, slot: '1' });
  expect(seen.successor).toMatchObject({ version: '2.0.0', port: sparePort });
  expect(seen.current).toMatch(/1\.0\.0$/);
  await workshop.untilDeployed('2.0.0');
  const [after] = (await workshop.app()).instances;
  expect(after).toMatchObject({ version: '2.0.0', slot: '1b', port: sparePort, successor: null });
  expect(after?.restarts).toEqual({ crash: 0, forced: 0 });
  expect(currentOf(workshop, 1)).toMatch(/2\.0\.0$/);
  expect(await version()).toBe('2.0.0');

  await (await workshop.client()).restart({ app: 'web' });
  const [restarted] = (await workshop.app()).instances;
  expect(restarted).toMatchObject({ slot: '1', version: '2.0.0', restarts: { crash: 0, forced: 1 } });
  expect(restarted?.pid).not.toBe(after?.pid);

  workshop.configure({ env: { COLOUR: 'blue' } });
  await (await workshop.client()).applyConfiguration({});
  await waitFor('the new configuration', async () => {
    const [instance] = (await workshop.app()).instances;
    return instance?.slot === '1b' && instance.restarts.forced === 2;
  });
  // Another port is a change as any other: HAProxy goes on where the process listens that serves, and finds the next one.
  const [port, spare_port] = [await freePorts(1), await freePorts(1)];
  const slow = { WEB_START_DELAY_MS: '600000' };
  workshop.configure({ port, roll_out: { drain: '5s', spare_port }, env: slow });
  await (await workshop.client()).applyConfiguration({});
  await waitFor('its successor', async () => (await workshop.app()).instances[0]?.successor?.pid, SELDOM);
  expect(await version()).toBe('2.0.0');
  workshop.configure({ env: {} });
  await (await workshop.client()).applyConfiguration({});
  await waitFor('the process on its port', async () => {
    const [instance] = (await workshop.app()).instances;
    return instance?.slot === '1' && instance.port === port && instance.version === '2.0.0';
  });
  await (await workshop.client()).restart({ app: 'web' });
  expect((await workshop.app()).instances).toMatchObject([{ slot: '1b', port: spare_port }]);
  await waitFor('one process', () => workshop.servers().length === 1);
  const all = await end();
  expect(all.filter((answer) => !/^[12]\.0\.0$/.test(answer))).toEqual([]);
  expect(new Set(all)).toEqual(new Set(['1.0.0', '2.0.0']));
  expect(answers.length).toBeGreaterThan(100);
});

test('a release that does not come up touches nothing that serves; a cancel and a stop end it', async () => {
  const { workshop, http, version } = await overlapping(2);
  const { end } = proxyLoad(http, { host: HOST });
  const life = async () =>
    (await workshop.app()).instances.map(
      ({ pid, slot, state, restarts, successor, versions, ...others }) => ({
        ...{ pid, slot, state, restarts, successor, versions, last_exit: others.last_exit },
        current: currentOf(workshop, slot?.startsWith('1') ? 1 : 2),
      }),
    );
  const before = await life();

  workshop.publish('2.0.0', { WEB_START_DELAY_MS: 600_000, WEB_EXIT_AFTER_MS: 20 });
  const bad = await workshop.untilDeployed('2.0.0', 'rolled_back');
  expect(bad.reason).toMatch(/web\/1/);
  expect(await life()).toEqual(before);
  await waitFor('two processes', () => workshop.servers().length === 2);

  // One that takes its time is cancelled; the next one comes up in the same slot.
  workshop.publish('3.0.0', { WEB_START_DELAY_MS: 600_000 });
  await waitFor('its successor', async () => (await workshop.app()).instances[0]?.successor?.pid, SELDOM);
  await cancelLast(workshop);
  await waitFor('two processes', () => workshop.servers().length === 2);
  expect(await life()).toEqual(before);
  workshop.publish('4.0.0');
  await workshop.untilDeployed('4.0.0');
  expect(await version()).toBe('4.0.0');
  const after = await life();
  expect(after).toEqual(
    before.map(() => expect.objectContaining({ slot: expect.stringMatching(/b$/), successor: null })),
  );
  expect(after.map(({ current }) => current)).toEqual(before.map(() => expect.stringMatching(/4\.0\.0$/)));
  const answers = await end();
  expect([...new Set(answers)].toSorted()).toEqual(['1.0.0', '4.0.0']);

  // HAProxy that is killed while a successor comes up knows the right one when it is there again.
  workshop.publish('5.0.0', { WEB_START_DELAY_MS: 300 });
  await waitFor('its successor', async () => (await workshop.app()).instances[0]?.successor?.pid, SELDOM);
  const haproxy = (await (await workshop.client()).status({})).agent.proxy?.pid ?? 0;
  process.kill(haproxy, 'SIGKILL');
  await workshop.untilDeployed('5.0.0');
  await waitFor('HAProxy', async () => (await version().catch(() => null)) === '5.0.0', SELDOM);

  workshop.publish('6.0.0', { WEB_START_DELAY_MS: 600_000 });
  await waitFor('its successor', async () => (await workshop.app()).instances[0]?.successor?.pid, SELDOM);
  const client = await workshop.client();
  await cancelLast(workshop);
  await client.stop({ app: 'web' });
  expect(workshop.servers()).toEqual([]);
});

/** Answers with its version; to /endless it begins an answer that does not end. */
const endless = (version: string) => `import http from 'node:http';
http.createServer(({ url }, response) => {
  if (url === '/endless') return response.write('x');
  response.end(JSON.stringify({ version: '${version}' }));
}).listen(Number(process.env.PORT), '127.0.0.1');
`;

test('what does not end is cut after the drain; the next release waits for the slot meanwhile', async () => {
  const { workshop, http, version } = await overlapping(1);
  const publish = (version: string) => {
    workshop.bucket.putFiles(version, { 'server.js': endless(version), 'package.json': '{"type":"module"}' });
    workshop.bucket.offer({ version, hash: 'local' });
  };
  publish('2.0.0');
  await workshop.untilDeployed('2.0.0');
  const [former] = (await workshop.app()).instances;
  const began = Promise.withResolvers<void>();
  const cut = new Promise<string>((resolve) => {
    const asked = web.get({ port: http, path: '/endless', headers: { host: HOST }, agent: false });
    asked.on('response', (response) => {
      response.once('data', () => began.resolve());
      response.on('error', ({ message }) => resolve(message));
    });
    asked.on('error', ({ message }) => resolve(message));
  });
  await began.promise;
  publish('3.0.0');
  await workshop.untilDeployed('3.0.0');
  expect(await version()).toBe('3.0.0');
  expect(workshop.servers()).toContain(former?.pid);
  publish('4.0.0');
  let most = 0;
  await waitFor(
    'the next release',
    async () => {
      most = Math.max(most, workshop.servers().length);
      return (await version()) === '4.0.0';
    },
    SELDOM,
  );
  expect(most).toBe(2);
  expect(workshop.servers()).not.toContain(former?.pid);
  expect(await cut).toMatch(/aborted|hang up|reset/i);
});

test('a disk that is full at the proxy alone is told; apps are rolled out, and what ran goes on', async () => {
  const http = await freePorts(1);
  const workshop = await Workshop.make({
    ...{ replicas: 1, app: { domains: [HOST] } },
    host: { proxy: { http: `127.0.0.1:${http}` } },
  });
  const disk = new SmallDisk(path.join(workshop.data, 'proxy'), 1_000_000);
  workshop.publish('1.0.0');
  await workshop.start();
  await workshop.untilDeployed('1.0.0');
  const version = async (host = HOST) => JSON.parse((await request(http, host)).body).version;
  await waitFor('the proxy', async () => (await version()) === '1.0.0', SELDOM);
  const client = await workshop.client();
  const warnings = async () => (await client.status({})).agent.warnings.join();

  disk.fill(0);
  workshop.configure({ domains: [HOST, 'new.test'] });
  await client.applyConfiguration({});
  expect(await warnings()).toMatch(/proxy: .*(disk|ENOSPC|no space)/i);
  workshop.publish('2.0.0');
  await workshop.untilDeployed('2.0.0');
  expect(await version()).toBe('2.0.0');
  expect((await request(http, 'new.test')).status).toBe(404);
  await waitFor('one process', () => workshop.servers().length === 1, SELDOM);

  disk.empty();
  await client.applyConfiguration({});
  await waitFor(
    'the new name',
    async () => (await version('new.test').catch(() => null)) === '2.0.0',
    SELDOM,
  );
  expect(await warnings()).not.toContain('proxy');
});

async function cancelLast(workshop: Workshop): Promise<void> {
  const { id } = (await workshop.lastDeployment()) ?? { id: 0 };
  await (await workshop.client()).cancel({ id });
}
