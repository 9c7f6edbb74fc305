import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { ASKED, canaryWorkshop, USUAL, visitors } from '../../support/canary.ts';
import { waitFor } from '../../support/wait-for.ts';
import { LAUNCHER, type Workshop } from '../../support/workshop.ts';

const JUDGED = { share: '50%', for: '3s', max_errors: '2%', max_latency: '200%' };

/** What HAProxy would begin with. */
const sharesOf = (workshop: Workshop) =>
  fs.readFileSync(path.join(workshop.data, 'proxy/shares.map'), 'utf8');

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
  const { workshop, port, first, version, step } = await canaryWorkshop({ ...JUDGED, for: '10m' });
  expect(first.steps.find(({ name }) => name === 'canary')).toMatchObject({
    state: 'skipped',
    reason: 'nothing ran before that it could be compared with',
  });
  const [before] = (await workshop.app()).instances;
  const { end } = visitors(port);
  workshop.publish('2.0.0', { ...USUAL, ...behaviour });
  const deployment = await workshop.untilDeployed('2.0.0', 'rolled_back');
  expect(deployment.reason).toMatch(reason);
  expect(await step()).toMatchObject({ state: 'failed' });
  const { lost, answered } = await end();
  expect(lost).toBe(0);
  expect(answered.get('2.0.0')).toBeGreaterThan(50);
  const app = await workshop.app();
  expect(app.ghosted).toMatchObject([{ version: '2.0.0', reason: expect.stringMatching(reason) }]);
  expect(app).toMatchObject({ live: { version: '1.0.0' }, instances: [{ pid: before?.pid, slot: '1' }] });
  await waitFor('its end', async () => (await workshop.app()).instances[0]?.successor === null);
  expect(await version(ASKED)).toBe('1.0.0');
  expect(sharesOf(workshop)).toBe('');
});

test('a good one goes on by itself, over the death of the agent; no request fails', async () => {
  const { workshop, port, version, untilOnTrial } = await canaryWorkshop({ ...JUDGED, max_latency: '400%' });
  const { end } = visitors(port);
  workshop.publish('2.0.0', USUAL);
  await untilOnTrial();
  await workshop.kill();
  expect(sharesOf(workshop)).toContain('web/share 5000');
  // HAProxy goes on dealing without an agent.
  expect(await version(ASKED)).toBe('2.0.0');
  await workshop.start();
  const { steps } = await workshop.untilDeployed('2.0.0');
  const { output, state } = steps.find(({ name }) => name === 'canary') ?? {};
  // How many requests a busy machine answers meanwhile is its own affair.
  expect([state, output?.at(-1)]).toEqual([
    'succeeded',
    expect.stringMatching(
      /^(within max_errors 2% and max_latency 400%|too little traffic to tell: .*): new 0\.0 % of [\d,]+ failed, old/,
    ),
  ]);
  await waitFor('one side alone', async () => (await version()) === '2.0.0');
  const { lost, failed, answered } = await end();
  expect(sharesOf(workshop)).toBe('');
  expect([lost, failed]).toEqual([0, 0]);
  expect([...answered.keys()]).toEqual(['1.0.0', '2.0.0']);
});

test('with too little traffic it says so, waits for a person, and goes on when he promotes it', async () => {
  const { workshop, version, step, untilOnTrial } = await canaryWorkshop({
    ...JUDGED,
    for: '1s',
    promote: 'by_hand',
  });
  workshop.publish('2.0.0');
  await untilOnTrial();
  const waiting = await waitFor('it to wait', async () => (await workshop.app()).promotable ?? null);
  const client = await workshop.client();
  expect(await client.deployment({ id: waiting })).toMatchObject({ waits_for: `slipway promote ${waiting}` });
  expect((await step())?.output.slice(-2)).toEqual([
    expect.stringMatching(/^too little traffic to tell: \d+ requests? of the new release and \d+ of the old/),
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
  const { workshop, version, untilOnTrial } = await canaryWorkshop({
    ...JUDGED,
    for: '1s',
    promote: 'by_hand',
  });
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
  expect(sharesOf(workshop)).toBe('');
});
