import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { Workshop, type WorkshopOptions } from '../support/agent.ts';
import { SmallDisk } from '../support/small-disk.ts';
import { temporaryFolder } from '../support/temporary.ts';
import { waitFor } from '../support/wait-for.ts';

const MEGABYTE = 1024 * 1024;

async function onSmallDisk(
  part: 'data' | 'logs',
  options: WorkshopOptions = {},
): Promise<{ workshop: Workshop; disk: SmallDisk }> {
  const folder = temporaryFolder();
  const disk = new SmallDisk(path.join(folder, part), 24 * MEGABYTE);
  const workshop = await Workshop.make({ replicas: 2, ...options, folder });
  workshop.publish('1.0.0');
  await workshop.start();
  await workshop.untilDeployed('1.0.0');
  return { workshop, disk };
}

test('no room for the new release: the deployment fails and says so, apps run, and the next one succeeds when there is room', async () => {
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

test('no room for the journal: a crash is restarted all the same and its record follows; a deployment is refused', async () => {
  const { workshop, disk } = await onSmallDisk('data');
  const { pid } = await workshop.ask(1);
  disk.fill(0);
  // What little SQLite and the run folder had in reserve goes too.
  disk.fill(0);
  process.kill(pid, 'SIGKILL');
  const successor = await waitFor('the successor', async () => {
    const [instance] = (await workshop.app()).instances;
    return instance?.state === 'ready' && instance.pid !== pid && instance;
  });
  expect(successor.restarts.crash).toBe(1);
  const client = await workshop.client();
  const refused = await client.deploy({ app: 'web' }).then(
    async ({ deployment }) =>
      await waitFor('its end', async () => {
        const { state } = await client.deployment({ id: deployment });
        return state !== 'queued' && state !== 'running' && state;
      }),
    (error: { code: string }) => error.code,
  );
  expect(['disk_full', 'failed']).toContain(refused);
  expect((await workshop.ask(2)).version).toBe('1.0.0');

  disk.empty();
  await waitFor('the journal to be written again', () =>
    workshop.agentOutput().includes('can be written again'),
  );
  await client.deploy({ app: 'web' });
  await waitFor('a deployment that succeeds', async () => {
    const last = await workshop.lastDeployment();
    return last?.state === 'succeeded' && last.number !== 1;
  });
  // The record of the crash followed: an agent that starts anew knows of it.
  await workshop.kill();
  await workshop.start();
  expect((await workshop.app()).instances[0]?.restarts.crash).toBe(1);
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
