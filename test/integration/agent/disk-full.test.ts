import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { SiteWorkshop } from '../../support/site.ts';
import { SmallDisk } from '../../support/small-disk.ts';
import { temporaryFolder } from '../../support/temporary.ts';
import { waitFor } from '../../support/wait-for.ts';
import { Workshop, type WorkshopOptions } from '../../support/workshop.ts';

const MEGABYTE = 1024 * 1024;

async function onSmallDisk(
  part: 'data' | 'logs',
  options: WorkshopOptions = {},
): Promise<{ workshop: Workshop; disk: SmallDisk }> {
  const folder = temporaryFolder();
  const disk = new SmallDisk(path.join(folder, part), 24 * MEGABYTE);
  const workshop = await Workshop.running({ replicas: 2, ...options, folder });
  return { workshop, disk };
}

test('without room for a release the deployment fails, apps run, and the next one succeeds', async () => {
  const { workshop, disk } = await onSmallDisk('data');
  const before = await workshop.app();
  disk.fill(3 * MEGABYTE);
  const server = fs.readFileSync(path.join(workshop.data, 'service/web/1/current/server.js'), 'utf8');
  const files = {
    'server.js': server,
    'package.json': '{"name":"web","version":"1.1.0","type":"module"}',
    'behaviour.json': '{}',
  };
  workshop.bucket.putFiles('1.1.0', { ...files, big: randomBytes(4 * MEGABYTE).toString('latin1') });
  workshop.bucket.offer({ version: '1.1.0', hash: 'local' });
  const failed = await workshop.untilDeployed('1.1.0', 'failed');
  expect(failed.reason).toContain('free');
  expect((await workshop.app()).instances.map(({ pid }) => pid)).toEqual(
    before.instances.map(({ pid }) => pid),
  );
  expect(fs.readdirSync(path.join(workshop.data, 'service/web/release'))).toEqual(['deployment_1.1.0.0']);

  disk.empty();
  await (await workshop.client()).deploy({ app: 'web' });
  await workshop.untilDeployed('1.1.0');
  expect((await workshop.ask(1)).version).toBe('1.1.0');
});

test('without room for the data a crash is restarted, its record follows, and a deployment fails', async () => {
  const { workshop, disk } = await onSmallDisk('data');
  const { pid } = await workshop.ask(1);
  disk.fill(0);
  // What little the run folder had in reserve goes too.
  disk.fill(0);
  process.kill(pid, 'SIGKILL');
  const successor = await waitFor('the successor', async () => {
    const [instance] = (await workshop.app()).instances;
    return instance?.state === 'ready' && instance.pid !== pid && instance;
  });
  expect(successor.restarts.crash).toBe(1);
  workshop.publish('1.1.0');
  await workshop.untilDeployed('1.1.0', 'failed');
  expect((await workshop.ask(2)).version).toBe('1.0.0');

  disk.empty();
  await (await workshop.client()).deploy({ app: 'web' });
  await workshop.untilDeployed('1.1.0');
  // The record of the crash followed: an agent that starts anew knows of it.
  await workshop.kill();
  await workshop.start();
  expect((await workshop.app()).instances[0]?.restarts.crash).toBe(1);
});

test('an app that fills the disk with its log can be pinned, restarted, stopped and brought back', async () => {
  const folder = path.join(temporaryFolder(), 'all');
  const disk = new SmallDisk(folder, 24 * MEGABYTE);
  const app = { stop: { grace: '30s' }, log: { max_size: '1GB' } };
  const workshop = await Workshop.running({ replicas: 2, folder, app });
  const go = path.join(temporaryFolder(), 'go');
  workshop.bucket.putFiles('1.1.0', {
    'server.js': `import fs from 'node:fs'; import http from 'node:http';
      const line = Buffer.alloc(65536, 'x');
      setInterval(() => { try { fs.writeSync(1, line); } catch {} }, 2);
      http.createServer((_, response) => response.end('{"version":"1.1.0"}')).listen(Number(process.env.PORT), '127.0.0.1');
      process.on('SIGTERM', () => setInterval(() => fs.existsSync('${go}') && process.exit(), 10));`,
    'package.json': '{"type":"module"}',
  });
  workshop.bucket.offer({ version: '1.1.0', hash: 'local' });
  await workshop.untilDeployed('1.1.0');
  await waitFor('the disk to be full', () => disk.freeBytes === 0);
  const client = await workshop.client();
  const named = { app: 'web', version: '1.1.0' };
  expect(await client.pin(named)).toMatchObject({ message: expect.stringContaining('is pinned') });
  expect(await client.unpin({ app: 'web' })).toMatchObject({
    message: expect.stringContaining('no longer pinned'),
  });
  expect(await client.ghost(named)).toMatchObject({ message: expect.stringContaining('is ghosted') });
  fs.writeFileSync(go, '');
  const pids = async () => (await workshop.app()).instances.map(({ pid }) => pid);
  const before = await pids();
  expect(await client.restart({ app: 'web' })).toMatchObject({
    message: expect.stringContaining('is restarted'),
  });
  for (const pid of await pids()) expect(before).not.toContain(pid);

  fs.rmSync(go);
  const stopping = client.stop({ app: 'web' }).catch(() => undefined);
  await waitFor('both to be told', async () =>
    (await workshop.app()).instances.every(({ state }) => state === 'stopping'),
  );
  await workshop.kill();
  await stopping;
  expect(disk.freeBytes).toBe(0);
  fs.writeFileSync(go, '');
  await workshop.start();
  await workshop.untilState('stopped');
  const next = await workshop.client();
  disk.fill(0);
  const { deployment } = await next.rollback({ app: 'web' });
  await workshop.untilDeployed('1.0.0');
  expect((await next.deployment({ id: deployment })).state).toBe('succeeded');
  expect((await workshop.app()).live?.version).toBe('1.0.0');
});

test('a site on a full disk goes back with the same .env, and into maintenance and out of it', async () => {
  const folder = path.join(temporaryFolder(), 'all');
  const disk = new SmallDisk(folder, 24 * MEGABYTE);
  const site = await SiteWorkshop.make({
    folder,
    site: { workers: [{ name: 'queue', command: ['sleep', '1000'] }] },
  });
  site.repository.push({ 'index.html': 'one', '.env': 'KEY=project' });
  fs.mkdirSync(site.root, { recursive: true });
  fs.writeFileSync(site.file('.env'), 'KEY=1\n');
  await site.workshop.start();
  expect(await site.deploy()).toMatchObject({ state: 'succeeded' });
  site.repository.push({ 'index.html': 'two' });
  expect(await site.deploy()).toMatchObject({ state: 'succeeded' });
  expect(site.served('index.html')).toBe('two');
  disk.fill(0);

  expect(await site.rollback()).toMatchObject({ state: 'succeeded', reason: null });
  expect(site.served('index.html')).toBe('one');
  expect(site.served('.env')).toBe('KEY=1\n');
  const client = await site.workshop.client();
  expect(await client.setMaintenance({ app: 'shop', on: true })).toMatchObject({
    message: expect.stringContaining('503 with an empty page, for the disk is full'),
  });
  expect(fs.readFileSync(site.file('maintenance.html'), 'utf8')).toBe('');
  expect(await client.setMaintenance({ app: 'shop', on: false })).toMatchObject({
    message: expect.stringContaining('out of maintenance'),
  });
});

test('no room for logs: apps run, and their lines are kept again when there is room', async () => {
  const { workshop, disk } = await onSmallDisk('logs', { app: { log: { max_size: '1MB', keep: 2 } } });
  workshop.bucket.putFiles('1.1.0', {
    'server.js': `import fs from 'node:fs'; import http from 'node:http';
      let lost = 0;
      const server = http.createServer((_, response) => {
        try { fs.writeSync(1, 'x'.repeat(999) + '\\n'); } catch { lost++; }
        response.end(JSON.stringify({ version: '1.1.0', lost }));
      });
      server.listen(Number(process.env.PORT), '127.0.0.1');`,
    'package.json': '{"type":"module"}',
  });
  workshop.bucket.offer({ version: '1.1.0', hash: 'local' });
  await workshop.untilDeployed('1.1.0');
  disk.fill(0);
  const lost = await waitFor(
    'a line that finds no room',
    async () => ((await workshop.ask(1)) as unknown as { lost: number }).lost,
  );
  expect(lost).toBeGreaterThan(0);
  expect((await workshop.app()).state).toBe('running');
  disk.empty();
  const before = fs.statSync(workshop.logFile(1, 'stdout')).size;
  await workshop.ask(1);
  expect(fs.statSync(workshop.logFile(1, 'stdout')).size).toBe(before + 1000);
});
