import { spawnSync } from 'node:child_process';
import web from 'node:http';
import { expect, onTestFinished, test } from 'vitest';
import { freePorts } from '../../support/free-port.ts';
import { request } from '../../support/haproxy.ts';
import { SELDOM, waitFor } from '../../support/wait-for.ts';
import { LAUNCHER, Workshop } from '../../support/workshop.ts';

const HOST = 'web.test';
const ASKED = { headers: { 'slipway-canary': '1' } };
const JUDGED = { share: '50%', for: '3s', max_errors: '2%', max_latency: '200%' };

/** One instance, which takes a few milliseconds for each answer. */
async function behindProxy(canary: Record<string, unknown>) {
  const http = await freePorts(1);
  const spare_port = await freePorts(2);
  const app = { domains: [HOST], roll_out: { strategy: 'overlap', drain: '5s', spare_port }, canary };
  const host = { proxy: { http: `127.0.0.1:${http}` } };
  const workshop = await Workshop.make({ replicas: 1, app, host });
  workshop.publish('1.0.0', { WEB_ANSWER_AFTER_MS: 4 });
  await workshop.start();
  const first = await workshop.untilDeployed('1.0.0');
  expect(first.steps.find(({ name }) => name === 'canary')).toMatchObject({
    state: 'skipped',
    reason: 'nothing ran before that it could be compared with',
  });
  const version = async (options: Parameters<typeof request>[2] = {}) =>
    JSON.parse((await request(http, HOST, options)).body).version;
  await waitFor('the proxy', async () => (await version()) === '1.0.0', SELDOM);
  const step = async () => (await workshop.lastDeployment())?.steps.find(({ name }) => name === 'canary');
  const untilOnTrial = () =>
    waitFor('the canary', async () => (await version(ASKED).catch(() => null)) === '2.0.0', SELDOM);
  return { workshop, http, version, step, untilOnTrial };
}

/** Asks all the time, each time as a new visitor, and counts what it gets. */
function load(port: number, connections = 8) {
  const counts = { '1.0.0': 0, '2.0.0': 0, failed: 0, lost: 0 };
  let isOver = false;
  const asking = Array.from({ length: connections }, async () => {
    const agent = new web.Agent({ keepAlive: true, maxSockets: 1 });
    while (!isOver)
      try {
        const { status, body } = await request(port, HOST, { agent });
        if (status === 200) counts[JSON.parse(body).version as '1.0.0'] += 1;
        else if (status === 500) counts.failed += 1;
        else counts.lost += 1;
      } catch {
        counts.lost += 1;
        await new Promise(setImmediate);
      }
    agent.destroy();
  });
  const end = async () => {
    isOver = true;
    await Promise.all(asking);
    return counts;
  };
  onTestFinished(async () => void (await end()));
  return { counts, end };
}

test.each([
  [
    '5 % more errors',
    { WEB_FAILS_EVERY: 12 },
    /more errors than max_errors \(2%\) allows: new \d+\.\d % of [\d,]+ failed, old 0\.0 % of/,
  ],
  [
    'three times the latency',
    { WEB_ANSWER_AFTER_MS: 20 },
    /slower than max_latency \(200%\) allows: .* ms on average/,
  ],
])('one with %s is taken back, and ghosted with the figures', async (_, behaviour, reason) => {
  const { workshop, http, version, step } = await behindProxy({ ...JUDGED, for: '120s' });
  const [before] = (await workshop.app()).instances;
  const { end } = load(http);
  workshop.publish('2.0.0', { WEB_ANSWER_AFTER_MS: 4, ...behaviour });
  const deployment = await workshop.untilDeployed('2.0.0', 'rolled_back');
  expect(deployment.reason).toMatch(reason);
  expect(await step()).toMatchObject({ state: 'failed' });
  const counts = await end();
  expect(counts.lost).toBe(0);
  expect(counts['2.0.0']).toBeGreaterThan(50);
  const app = await workshop.app();
  expect(app.ghosted).toMatchObject([{ version: '2.0.0', reason: expect.stringMatching(reason) }]);
  expect(app).toMatchObject({ live: { version: '1.0.0' }, instances: [{ pid: before?.pid, slot: '1' }] });
  await waitFor('its end', async () => (await workshop.app()).instances[0]?.successor === null);
  expect(await version(ASKED)).toBe('1.0.0');
});

test('a good one goes on by itself, over the death of the agent; no request fails', async () => {
  const { workshop, http, version, untilOnTrial } = await behindProxy(JUDGED);
  const { end } = load(http);
  workshop.publish('2.0.0', { WEB_ANSWER_AFTER_MS: 4 });
  await untilOnTrial();
  await workshop.kill();
  // HAProxy goes on dealing without an agent.
  expect(await version(ASKED)).toBe('2.0.0');
  await workshop.start();
  const deployment = await workshop.untilDeployed('2.0.0');
  const { output, state } = deployment.steps.find(({ name }) => name === 'canary') ?? {};
  expect([state, output?.at(-1)]).toEqual([
    'succeeded',
    expect.stringMatching(/^within max_errors 2% and max_latency 200%: new 0\.0 % of [\d,]+ failed, old/),
  ]);
  await waitFor('one side alone', async () => (await version()) === '2.0.0');
  const counts = await end();
  expect(counts).toMatchObject({ lost: 0, failed: 0 });
  expect(counts['2.0.0']).toBeGreaterThan(50);
});

test('with too little traffic it says so, waits for a person, and goes on when he promotes it', async () => {
  const { workshop, version, step, untilOnTrial } = await behindProxy({
    ...JUDGED,
    for: '1s',
    promote: 'by_hand',
  });
  workshop.publish('2.0.0');
  await untilOnTrial();
  const waiting = await waitFor('it to wait', async () => {
    const { promotable } = await workshop.app();
    return promotable ?? null;
  });
  const client = await workshop.client();
  expect(await client.deployment({ id: waiting })).toMatchObject({ waits_for: `slipway promote ${waiting}` });
  expect((await step())?.output.slice(-2)).toEqual([
    expect.stringMatching(
      /^too little traffic to tell: \d+ requests? of the new release and \d+ of the old one/,
    ),
    `waits for: slipway promote ${waiting}`,
  ]);
  // The word of a person is all that it waits for, also by the next agent.
  await workshop.kill();
  await workshop.start();
  await waitFor('it to wait again', async () => (await workshop.app()).promotable === waiting);
  const run = (...args: string[]) =>
    spawnSync(LAUNCHER, [...args, '--config', workshop.configFile], { encoding: 'utf8' });
  expect(run('status').stdout).toContain(`its canary waits for: slipway promote ${waiting}`);
  const promoted = run('promote', String(waiting));
  expect([promoted.status, promoted.stdout]).toEqual([
    0,
    `deployment ${waiting} goes on: its release is rolled out\n`,
  ]);
  await workshop.untilDeployed('2.0.0');
  expect(await version()).toBe('2.0.0');
  const again = run('promote', String(waiting));
  expect([again.status, again.stderr]).toEqual([1, expect.stringContaining('has ended already: succeeded')]);
});

test('a newer offer takes the place of one that waits; one that ends thrice is taken back', async () => {
  const { workshop, version, untilOnTrial } = await behindProxy({ ...JUDGED, for: '1s', promote: 'by_hand' });
  workshop.publish('2.0.0');
  await untilOnTrial();
  await waitFor('it to wait', async () => (await workshop.app()).promotable);
  workshop.publish('3.0.0', { WEB_EXIT_AFTER_MS: 300 });
  const deployment = await workshop.untilDeployed('3.0.0', 'rolled_back');
  expect(deployment.reason).toContain('3 unexpected exits of new instances');
  const client = await workshop.client();
  const states = (await client.deployments({ app: 'web' })).map((each) => [each.version, each.state]);
  expect(states).toEqual([
    ['3.0.0', 'rolled_back'],
    ['2.0.0', 'superseded'],
    ['1.0.0', 'succeeded'],
  ]);
  const app = await workshop.app();
  expect(app.ghosted.map((ghost) => ghost.version)).toEqual(['3.0.0']);
  expect(await version(ASKED)).toBe('1.0.0');
});
