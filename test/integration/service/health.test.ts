import net from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { Agent } from '../../../src/agent/index.ts';
import { PassingClock } from '../../support/clock.ts';
import { SELDOM, waitFor } from '../../support/wait-for.ts';
import { Workshop } from '../../support/workshop.ts';

/** So seldom that they are asked when the test says so, and at no other time. */
const EVERY_MS = 3_600_000;
const TIMEOUT_MS = 9000;
const LOOK_EVERY_MS = 30_000;

/** An agent in this process, whose time a test makes pass, with a release live. */
async function running(options: { replicas: number; app?: Record<string, unknown> }) {
  const workshop = await Workshop.make({
    replicas: options.replicas,
    app: { stop: { grace: '300ms' }, ...options.app },
  });
  const clock = new PassingClock();
  workshop.publish('1.0.0');
  const agent = await Agent.start({
    ...{ configFile: workshop.configFile, env: process.env, version: 'test', clock },
  });
  onTestFinished(() => agent.leave());
  await workshop.untilDeployed('1.0.0');
  await workshop.untilState('running');
  const instances = async () => (await workshop.app()).instances;
  return { workshop, clock, client: await workshop.client(), instances };
}

const isListening = (port: number) =>
  new Promise<boolean>((resolve) => {
    const socket = net.connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });

test('an instance whose port is not listened on is unready until it is, and not restarted', async () => {
  const { workshop, clock, client, instances } = await running({ replicas: 2 });
  const [first, second] = await instances();
  const toggle = async (listens: boolean) => {
    process.kill(first?.pid ?? 0, 'SIGUSR2');
    await waitFor('it to have done so', async () => (await isListening(workshop.port)) === listens);
    clock.pass(LOOK_EVERY_MS);
  };
  await toggle(false);
  const unready = await workshop.untilState('degraded');
  expect(unready.instances[0]).toMatchObject({
    ...{ state: 'unready', reason: `port ${workshop.port}: connection refused`, pid: first?.pid },
    restarts: { crash: 0, forced: 0 },
  });
  expect(unready.instances[1]?.state).toBe('ready');
  // Another look changes nothing.
  clock.pass(LOOK_EVERY_MS);
  // The other one is not taken down beside it, and who asks for that is told so.
  await expect(client.restart({ app: 'web', instance: '2' })).rejects.toMatchObject({
    message: `web/1 is not ready: port ${workshop.port}: connection refused`,
    hint: 'it runs, and does not answer; what else is to be restarted waits until it is ready',
  });
  expect((await instances())[1]?.pid).toBe(second?.pid);
  await toggle(true);
  await waitFor('the other one to be restarted', async () => {
    const [, now] = await instances();
    return now?.restarts.forced === 1 && now.state === 'ready';
  });
  const again = await workshop.untilState('running');
  expect(again.instances[0]).toMatchObject({ state: 'ready', pid: first?.pid, reason: 'ready again' });
});

test('an instance that fails in its health is restarted: one at a time, none while all fail', async () => {
  const health = { http: '/health', every: '1h', timeout: '9s', failures: 2 };
  const { workshop, clock, client, instances } = await running({ replicas: 3, app: { health } });
  const become = (instance: number, status: number) =>
    fetch(`http://127.0.0.1:${workshop.port + instance - 1}/health?become=${status}`, {
      headers: { connection: 'close' },
    });
  const settled = async () =>
    await waitFor(
      'none to be under way',
      async () => (await instances()).every(({ state }) => state === 'ready' || state === 'unready'),
      SELDOM,
    );
  /** All are asked once; `hung` of them never answer. */
  const askAll = async ({ hung = 0 } = {}) => {
    const before = clock.waits(TIMEOUT_MS).asked;
    await waitFor('them to be asked', async () => {
      // One that starts may take so long only.
      await settled();
      // The next time is set once what follows from the last one is done.
      clock.pass(EVERY_MS);
      return clock.waits(TIMEOUT_MS).asked > before;
    });
    await waitFor('the answers', () => clock.waits(TIMEOUT_MS).pending === hung);
    if (hung > 0) clock.pass(TIMEOUT_MS);
    // What follows from them does so in turns of their own.
    await new Promise((resolve) => setTimeout(resolve, 0));
  };
  const crashes = async () => (await instances()).map(({ restarts }) => restarts.crash);
  const pids = async () => (await instances()).map(({ pid }) => pid);

  const before = await pids();
  await become(1, 503);
  await askAll();
  expect(await crashes()).toEqual([0, 0, 0]);
  await askAll();
  await settled();
  expect(await crashes()).toEqual([1, 0, 0]);
  expect((await pids()).slice(1)).toEqual(before.slice(1));
  expect((await instances())[0]?.last_exit).toMatchObject({
    reason: `GET /health on port ${workshop.port}: 503, 2 times in a row`,
  });

  // The third one never answers again, and does not end by a SIGTERM.
  await become(2, 500);
  const begun = await fetch(`http://127.0.0.1:${workshop.port + 2}/busy`);
  await begun.body?.cancel();
  await askAll({ hung: 1 });
  await askAll({ hung: 1 });
  await waitFor('the second to be restarted', async () => (await crashes())[1] === 1, SELDOM);
  expect((await instances())[2]).toMatchObject({
    state: 'unready',
    reason: `GET /health on port ${workshop.port + 2}: no answer within 9s, 2 times in a row; it is restarted once the others are up`,
  });
  await settled();
  expect(await crashes()).toEqual([1, 1, 0]);
  await askAll({ hung: 1 });
  await waitFor('the third to be restarted', async () => (await crashes())[2] === 1, SELDOM);
  await settled();
  expect((await instances())[2]?.last_exit).toMatchObject({ signal: 'SIGKILL' });

  const present = await pids();
  for (const instance of [1, 2, 3]) await become(instance, 503);
  for (let times = 0; times < 4; times++) await askAll();
  const down = await workshop.untilState('down');
  expect(down.instances.map(({ state }) => state)).toEqual(['unready', 'unready', 'unready']);
  expect(down.instances[0]?.reason).toContain('503, 2 times in a row; no instance of web answers');
  expect(await pids()).toEqual(present);
  for (const instance of [1, 2, 3]) await become(instance, 200);
  await askAll();
  await workshop.untilState('running');
  expect(await pids()).toEqual(present);

  // Another setting applies as it is, and an only instance is restarted.
  workshop.configure({ replicas: 1, health: { ...health, failures: 1 } });
  await client.applyConfiguration();
  await waitFor('one process', () => workshop.processes().length === 1);
  expect(await pids()).toEqual(present.slice(0, 1));
  await become(1, 503);
  await askAll();
  await waitFor('it to be restarted', async () => (await crashes())[0] === 2, SELDOM);
  await settled();

  // A deployment whose new instance fails in its health is taken back, and nothing is restarted beside it.
  workshop.configure({ prove_after: '20d', rollback_after: '20d' });
  await client.applyConfiguration();
  workshop.publish('1.1.0', { WEB_HEALTH: 503 });
  await waitFor(
    'it to prove',
    async () => {
      const steps = (await workshop.lastDeployment())?.steps ?? [];
      return steps.some(({ name, state }) => name === 'prove' && state === 'running');
    },
    SELDOM,
  );
  await askAll();
  const { reason } = await workshop.untilDeployed('1.1.0', 'rolled_back');
  expect(reason).toBe(`web/1: GET /health on port ${workshop.port}: 503`);
  expect((await workshop.untilState('running')).instances[0]?.version).toBe('1.0.0');
  expect(await crashes()).toEqual([2]);

  // Asked no more, it is as ready as it was.
  await become(1, 503);
  workshop.configure({ health: null });
  await client.applyConfiguration();
  clock.pass(EVERY_MS);
  expect(clock.waits(TIMEOUT_MS).pending).toBe(0);
});
