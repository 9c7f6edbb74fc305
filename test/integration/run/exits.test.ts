import fs from 'node:fs';
import { createServer } from 'node:net';
import { expect, test } from 'vitest';
import { isAlive } from '../../../src/supervisor/index.ts';
import { processStat } from '../../../src/supervisor/proc.ts';
import { memoryLimit } from '../../support/memory-limit.ts';
import { waitFor } from '../../support/wait-for.ts';
import { Workshop } from '../../support/workshop.ts';

async function running(
  behaviour: Parameters<Workshop['publish']>[1] = {},
  app: Record<string, unknown> = {},
): Promise<Workshop> {
  const workshop = await Workshop.make({ replicas: 1, app });
  workshop.publish('1.0.0', behaviour);
  await workshop.start();
  await workshop.untilDeployed('1.0.0');
  return workshop;
}

/** Ends instance 1 by a request, and waits until its successor is ready. */
async function endAndAwait(workshop: Workshop, at: string) {
  const { pid } = await workshop.ask(1);
  await workshop.ask(1, at).catch(() => undefined);
  return await waitFor('the successor', async () => {
    const [instance] = (await workshop.app()).instances;
    return instance?.state === 'ready' && instance.pid !== pid && instance;
  });
}

test('every exit is restarted, status 0 too, and status and signal are told apart', async () => {
  const workshop = await running({}, { restart: { max_delay: '10ms' } });
  expect((await endAndAwait(workshop, '/exit?status=0')).last_exit).toMatchObject({
    status: 0,
    signal: null,
  });
  expect((await endAndAwait(workshop, '/exit?status=1')).last_exit).toMatchObject({
    status: 1,
    signal: null,
  });
  expect((await endAndAwait(workshop, '/exit?status=137')).last_exit).toMatchObject({
    status: 137,
    signal: null,
  });
  const last = await endAndAwait(workshop, '/kill');
  expect(last.last_exit).toMatchObject({ status: null, signal: 'SIGKILL' });
  expect(last.restarts.crash).toBe(4);
});

test('a crash loop backs off, is given up after max_retries, and a person starts it again', async () => {
  const workshop = await running({}, { restart: { max_delay: '50ms', max_retries: 2 } });
  const file = `${workshop.data}/service/web/1/current/behaviour.json`;
  fs.writeFileSync(
    file,
    JSON.stringify({ WEB_EXIT_AFTER_MS: 1, WEB_EXIT_STATUS: 5, WEB_STDERR: 'error: no database' }),
  );
  await workshop.ask(1, '/exit').catch(() => undefined);
  const failed = await waitFor('it to be given up', async () => {
    const [instance] = (await workshop.app()).instances;
    return instance?.state === 'failed' && instance;
  });
  expect(failed.reason).toContain('given up after 2 restarts');
  expect(failed.last_exit?.reason).toContain('error: no database');
  expect((await workshop.app()).state).toBe('down');
  fs.writeFileSync(file, '{}');
  await (await workshop.client()).restart({ app: 'web' });
  expect((await workshop.app()).state).toBe('running');
});

test('a process that ignores SIGTERM is killed after its grace', async () => {
  const workshop = await running({ WEB_IGNORE_SIGTERM: 1 }, { stop: { grace: '300ms' } });
  const { pid } = await workshop.ask(1);
  await (await workshop.client()).stop({ app: 'web' });
  expect(processStat(pid)).toBeNull();
  const [instance] = (await workshop.app()).instances;
  expect(instance).toMatchObject({ state: 'stopped', last_exit: { signal: 'SIGKILL' } });
  expect((await workshop.app()).state).toBe('stopped');
});

test('a child in a session of its own is ended with its instance, at a stop and after a crash', async () => {
  const workshop = await running({ WEB_CHILD: 1 }, { stop: { grace: '2s' } });
  const first = await childOf(workshop);
  await endAndAwait(workshop, '/kill');
  expect(isAlive(first)).toBe(false);
  const second = await childOf(workshop);
  await (await workshop.client()).stop({ app: 'web' });
  expect(isAlive(second)).toBe(false);
  expect(workshop.processes()).toEqual([]);
});

test('a child that an instance left behind while no agent ran is ended by the next agent', async () => {
  const workshop = await running({ WEB_CHILD: 1 }, { stop: { grace: '2s' } });
  const child = await childOf(workshop);
  const { pid } = await workshop.ask(1);
  await workshop.kill();
  await workshop.ask(1, '/kill').catch(() => undefined);
  await waitFor('it to be gone', () => processStat(pid) === null);
  await workshop.start();
  await workshop.untilState('running');
  expect(isAlive(child)).toBe(false);
});

test('a process that closes its output goes on, and one that writes very much loses nothing', async () => {
  const closed = await running({ WEB_CLOSE_OUTPUT: 1 });
  expect((await closed.ask(1)).version).toBe('1.0.0');
  const lines = 200_000;
  const full = await running({ WEB_LINES: lines });
  const written = fs.readFileSync(full.logFile(1, 'stdout'), 'utf8').split('\n');
  expect(written.filter((line) => line.startsWith('line '))).toHaveLength(lines);
});

test('a stranger on the port is not taken for the instance, which starts once the port is free', async () => {
  const restart = { delay: '1h', max_delay: '1h' };
  const workshop = await Workshop.make({ replicas: 1, app: { restart } });

  const stranger = createServer((socket) => socket.destroy());
  await new Promise<void>((resolve) => stranger.listen(workshop.port, '127.0.0.1', resolve));
  workshop.publish('1.0.0');
  await workshop.start();
  const waiting = await waitFor('the instance to wait', async () => {
    const [instance] = (await workshop.app()).instances;
    return instance?.state === 'backoff' && instance;
  });
  expect(waiting.reason).toContain(`port ${workshop.port} is in use by another program`);
  expect(workshop.processes()).toEqual([]);
  await new Promise((resolve) => stranger.close(resolve));
  await workshop.untilDeployed('1.0.0');
});

test('a process that the kernel kills for want of memory is told as such', async () => {
  const limitMb = 200;
  const { joinFile } = memoryLimit(limitMb * 1024 * 1024);
  const workshop = await Workshop.make({
    replicas: 1,
    app: { start: { sh: [`echo $$ > ${joinFile}`, `exec ${process.execPath} server.js`] } },
  });
  workshop.bucket.putFiles('1.0.0', {
    'server.js': `import http from 'node:http';
      const eaten = [];
      http.createServer((request, response) => {
        // Without a limit it has enough at three times as much.
        if (request.url === '/eat') while (eaten.length < ${(3 * limitMb) / 10}) eaten.push(Buffer.alloc(10_000_000, 1));
        response.end('{}');
      }).listen(Number(process.env.PORT), '127.0.0.1');`,
    'package.json': '{"type":"module"}',
  });
  workshop.bucket.offer({ version: '1.0.0', hash: 'local' });
  await workshop.start();
  await workshop.untilDeployed('1.0.0');
  await workshop.ask(1, '/eat').catch(() => undefined);
  // The kernel's log is read after the successor was started.
  const exit = await waitFor('the reason', async () => {
    const [instance] = (await workshop.app()).instances;
    return instance?.last_exit?.reason.includes('memory') && instance.last_exit;
  });
  expect(exit).toMatchObject({
    status: null,
    signal: 'SIGKILL',
    reason: 'SIGKILL by the kernel: out of memory',
  });
});

async function childOf(workshop: Workshop): Promise<{ pid: number; startTicks: number }> {
  const { child } = await workshop.ask(1);
  const stat = processStat(child ?? 0);
  if (!stat) throw new Error('no child');
  return stat;
}
