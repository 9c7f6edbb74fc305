import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import type { App } from '../../../src/api/index.ts';
import { hotWorkshop, lives, outputOf, versionsOf } from '../../support/hot.ts';
import { expectWhole, makeHotTrials } from '../../support/hot-kill-points.ts';
import { bundleAgent, untilKilled } from '../../support/kill-points.ts';
import { type OtpReleases, otpReleases } from '../../support/otp-releases.ts';
import { SELDOM, waitFor } from '../../support/wait-for.ts';
import type { Workshop } from '../../support/workshop.ts';

const PROGRAM = path.join(import.meta.dirname, '../../fixtures/programs/agent-reconfigured-at.ts');

/** VMs are booted and upgraded meanwhile. */
const PATIENT = { ...SELDOM, deadlineMs: 150_000 };

let releases: OtpReleases;
beforeAll(() => {
  releases = otpReleases();
});

test('a configuration applied while a hot deployment is taken back waits for its end', async () => {
  const workshop = await hotWorkshop(releases, { replicas: 2, app: { auto: false, prove_after: '100ms' } });
  const before = await firstDeployed(workshop);
  // It is cancelled while it proves.
  workshop.configure({ prove_after: '10m' });
  workshop.bucket.offer({ version: '0.1.2', hash: 'local' });
  await reconfigureAt(workshop, 'demo_app: roll-back 1 begins', ['deploy']);
  await workshop.untilDeployed('0.1.2', 'cancelled');
  const after = await expectRestarted(workshop, before);
  expect(after.live?.version).toBe('0.1.1');
  expect(await outputOf(workshop)).not.toContain('started anew');
}, 600_000);

test('a configuration applied while a rollback goes back in place waits for its end', async () => {
  const workshop = await hotWorkshop(releases, { replicas: 2, app: { auto: false, prove_after: '100ms' } });
  const before = await firstDeployed(workshop);
  workshop.bucket.offer({ version: '0.1.2', hash: 'local' });
  const client = await workshop.client();
  await client.deploy({ app: 'demo_app' });
  await workshop.untilDeployed('0.1.2');
  await reconfigureAt(workshop, 'demo_app: roll-out 1 begins', ['rollback', '1']);
  await workshop.untilDeployed('0.1.1');
  await expectRestarted(workshop, before);
  expect(await outputOf(workshop)).toContain('hot: demo_app 0.1.2 -> 0.1.1');
}, 600_000);

test('what is taken back as its agent is killed is taken back by the next, in the same processes', async () => {
  const { workshop, run } = await makeHotTrials();
  const before = await workshop.app();
  workshop.configure({ prove_after: '10m' });
  const { id, name } = await run({
    ...{ point: 'demo_app: roll-back 1 begins', moment: 'after', order: 'deploy' },
  });
  const killed = untilKilled(workshop, name);
  await waitFor(
    'the release to be proven',
    async () => {
      const deployment = await workshop.lastDeployment().catch(() => null);
      return deployment?.steps.some((step) => step.name === 'prove' && step.state === 'running');
    },
    PATIENT,
  );
  // It is killed before it answers.
  await (await workshop.client()).cancel({ id }).catch(() => undefined);
  await killed;
  await workshop.start();
  const after = await expectWhole(workshop, { id, name });
  expect(after.live?.version).toBe('0.1.1');
  expect(lives(after)).toEqual(lives(before));
}, 600_000);

/** 0.1.1, deployed by a person. */
async function firstDeployed(workshop: Workshop): Promise<App> {
  workshop.bucket.offer({ version: '0.1.1', hash: 'local' });
  await workshop.start();
  await (await workshop.client()).deploy({ app: 'demo_app' });
  await workshop.untilDeployed('0.1.1');
  return await workshop.untilState('running');
}

/** Has an agent get another environment for its instances at an entry of its journal. */
async function reconfigureAt(workshop: Workshop, entry: string, order: string[]): Promise<void> {
  await workshop.kill();
  const now = fs.readFileSync(workshop.configFile, 'utf8');
  workshop.configure({ env: { GREETING: 'changed' } });
  fs.renameSync(workshop.configFile, `${workshop.configFile}.next`);
  fs.writeFileSync(workshop.configFile, now);
  const log = fs.openSync(`${workshop.folder}/agent.out`, 'a');
  workshop.agent = spawn(
    process.execPath,
    [await bundleAgent(PROGRAM), workshop.configFile, entry, ...order],
    {
      stdio: ['ignore', log, log],
      env: { ...process.env, ...workshop.env },
    },
  );
  fs.closeSync(log);
  await waitFor(
    'the configuration to be applied',
    () => {
      if (!fs.existsSync(`${workshop.configFile}.next`)) return true;
      throw new Error(workshop.agentOutput().slice(-3000));
    },
    PATIENT,
  );
}

/** All run 0.1.1 with the new configuration, and each was stopped once: after the deployment. */
async function expectRestarted(workshop: Workshop, before: App): Promise<App> {
  const app = await waitFor(
    'the instances to be restarted',
    async () => {
      const now = await workshop.app();
      const pids = before.instances.map(({ pid }) => pid);
      if (now.state === 'running' && now.instances.every(({ pid }) => !pids.includes(pid))) return now;
      throw new Error(`${JSON.stringify(now)} ${workshop.agentOutput().slice(-3000)}`);
    },
    PATIENT,
  );
  expect(versionsOf(app)).toEqual(['0.1.1', '0.1.1']);
  for (const instance of [1, 2])
    expect(await workshop.ask(instance)).toMatchObject({
      ...{ version: '0.1.1', code: '0.1.1', greeting: 'changed' },
    });
  const { ended_at } = (await workshop.lastDeployment()) ?? {};
  expect(app.instances.map(({ restarts }) => restarts)).toEqual([1, 2].map(() => ({ crash: 0, forced: 1 })));
  for (const { last_exit } of app.instances)
    expect(Date.parse(last_exit?.at ?? '')).toBeGreaterThanOrEqual(Date.parse(ended_at ?? ''));
  expect(mostDown(workshop), workshop.agentOutput()).toBe(1);
  return app;
}

/** How many were down at a time when the most were, by what the agent that got the configuration said of each change. */
function mostDown(workshop: Workshop): number {
  const said = workshop.agentOutput();
  const down = new Set<string>();
  let most = 0;
  for (const [, instance = '', state = ''] of said
    .slice(said.lastIndexOf('agent test (pid'))
    .matchAll(/ (demo_app\/\d) is (\w+): /g)) {
    if (state === 'ready') down.delete(instance);
    // One that starts was down before, or was found running or upgraded while it runs.
    else if (state !== 'starting') down.add(instance);
    most = Math.max(most, down.size);
  }
  return most;
}
