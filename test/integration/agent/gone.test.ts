import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import http from 'node:http';
import { expect, test } from 'vitest';
import { SELDOM, waitFor } from '../../support/wait-for.ts';
import { LAUNCHER, Workshop } from '../../support/workshop.ts';

const GONE_MS = 10_000;

test('while the agent is gone no request fails and no line is lost; what died is started again', async () => {
  const workshop = await Workshop.running();
  const before = await workshop.app();

  const load = [1, 2].map((instance) => new Load(workshop.port + instance - 1));
  await waitFor('load', () => load.every((each) => each.answered > 0));
  await workshop.kill();
  const killedAt = performance.now();
  const victim = await fetch(`http://127.0.0.1:${workshop.port + 2}/exit?status=7`).catch(() => null);
  expect(victim).toBeNull();
  await waitFor('ten seconds without an agent', () => performance.now() - killedAt >= GONE_MS, SELDOM);
  await workshop.start();
  const after = await workshop.untilState('running');
  await Promise.all(load.map((each) => each.stop()));

  expect(load.map((each) => each.failed)).toEqual([[], []]);
  // The same processes as before, but for the one that died.
  const pids = (app: typeof before) => app.instances.map(({ pid }) => pid);
  expect(pids(after).slice(0, 2)).toEqual(pids(before).slice(0, 2));
  expect(after.instances[2]).toMatchObject({
    state: 'ready',
    last_exit: { status: 7, signal: null },
    restarts: { crash: 1 },
  });
  expect(after.instances[2]?.pid).not.toBe(before.instances[2]?.pid);
  for (const [index, each] of load.entries()) {
    const lines = fs
      .readFileSync(workshop.logFile(index + 1, 'stdout'), 'utf8')
      .trim()
      .split('\n');
    const numbers = lines.filter((line) => line.startsWith('request ')).map((line) => Number(line.slice(8)));
    expect(numbers).toEqual(Array.from({ length: numbers.length }, (_, number) => number + 1));
    expect(numbers.length).toBeGreaterThanOrEqual(each.answered);
  }
});

test('SIGTERM ends the agent and leaves the apps running; the next agent adopts them', async () => {
  const workshop = await Workshop.running();
  const before = await workshop.app();
  await workshop.kill('SIGTERM');
  expect(workshop.agent?.exitCode).toBe(0);
  expect((await workshop.ask(1)).version).toBe('1.0.0');
  await workshop.start();
  const after = await workshop.untilState('running');
  expect(after.instances.map(({ pid }) => pid)).toEqual(before.instances.map(({ pid }) => pid));
  expect(after.instances.map(({ restarts }) => restarts)).toEqual(
    before.instances.map(({ restarts }) => restarts),
  );
});

test('agent --stop-apps ends the agent that runs and its apps, which the next agent starts again', async () => {
  const workshop = await Workshop.running({ replicas: 2 });
  const { agent } = workshop;
  const ended = once(agent as NonNullable<typeof agent>, 'exit');
  const order = spawn(LAUNCHER, ['agent', '--stop-apps', '--config', workshop.configFile], {
    stdio: 'ignore',
  });
  expect(await once(order, 'exit')).toEqual([0, null]);
  expect(await ended).toEqual([0, null]);
  expect(workshop.processes()).toEqual([]);
  // What the agent ended is not what a person stopped: the next agent starts it again.
  await workshop.start();
  await workshop.untilState('running');
});

test('a second agent on one data folder refuses to start, names the first, and changes nothing', async () => {
  const workshop = await Workshop.running({ replicas: 1 });
  const second = spawn(LAUNCHER, ['agent', '--config', workshop.configFile], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  second.stderr.on('data', (chunk: Buffer) => {
    said += chunk.toString();
  });
  const status = await new Promise((resolve) => second.once('close', resolve));
  expect(status).toBe(1);
  expect(said).toContain(`another agent (pid ${workshop.agent?.pid}) holds ${workshop.data}`);
  expect((await workshop.app()).state).toBe('running');
});

test('a journal that is lost costs no running process: what is live is found on the disk', async () => {
  const workshop = await Workshop.make({ app: { auto: false } });
  workshop.publish('1.0.0');
  await workshop.start();
  await (await workshop.client()).deploy({ app: 'web' });
  await workshop.untilDeployed('1.0.0');
  const before = await workshop.app();
  await workshop.kill();
  for (const name of fs.readdirSync(workshop.data))
    if (name.startsWith('slipway.db')) fs.rmSync(`${workshop.data}/${name}`);
  await workshop.start();
  const after = await workshop.untilState('running');
  expect(after.instances.map(({ pid }) => pid)).toEqual(before.instances.map(({ pid }) => pid));
  expect(after.live).toMatchObject({ number: 1, version: '1.0.0' });
  // Numbers go on behind what is on the disk.
  workshop.publish('1.1.0');
  await (await workshop.client()).deploy({ app: 'web' });
  expect((await workshop.untilDeployed('1.1.0')).number).toBe(2);
});

test('a host that DeployEx ran on, with directories where links belong, is taken over', async () => {
  const workshop = await Workshop.make({ replicas: 1 });
  const current = `${workshop.data}/service/web/1/current`;
  fs.mkdirSync(`${current}/bin`, { recursive: true });
  workshop.publish('1.0.0');
  await workshop.start();
  await workshop.untilDeployed('1.0.0');
  expect(fs.lstatSync(current).isSymbolicLink()).toBe(true);
  expect(fs.existsSync(`${current}.before-slipway/bin`)).toBe(true);
});

/** Asks one instance without a pause and remembers what failed. */
class Load {
  readonly failed: string[] = [];
  answered = 0;
  private stopped = false;
  private readonly done: Promise<void>;

  constructor(port: number) {
    this.done = this.run(port);
  }

  stop(): Promise<void> {
    this.stopped = true;
    return this.done;
  }

  private async run(port: number): Promise<void> {
    while (!this.stopped) {
      await new Promise<void>((resolve) => {
        http
          // A connection that is kept the server may close just when it is used again.
          .get({ host: '127.0.0.1', port, agent: false }, (response) => {
            if (response.statusCode === 200) this.answered++;
            else this.failed.push(`status ${response.statusCode}`);
            response.resume().once('end', resolve);
          })
          .once('error', (error) => {
            this.failed.push(error.message);
            resolve();
          });
      });
    }
  }
}
