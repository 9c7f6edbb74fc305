import { type ChildProcess, spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { expect } from 'vitest';
import type { App } from '../../src/api/index.ts';
import { deployed, hotWorkshop } from './hot.ts';
import { bundleKilledAgent } from './kill-points.ts';
import { otpReleases } from './otp-releases.ts';
import { SELDOM, waitFor } from './wait-for.ts';
import type { Workshop } from './workshop.ts';

export interface Trial {
  /** Entry of the journal, or step of an upgrade in place; `ID` is that of the deployment, `NUMBER` that of its release. */
  point: string;
  moment: 'before' | 'after' | 'vm';
  /** From 0.1.1 to 0.1.2, or back. */
  order: 'deploy' | 'rollback';
}

export const VERSIONS = { deploy: '0.1.2', rollback: '0.1.1' };
/** Release of 0.1.1. Each deployment of 0.1.2 makes a new one. */
const FIRST = 1;

export interface HotTrials {
  workshop: Workshop;
  /** Gives the order to an agent that kills at the point; `id` is that of the deployment, `at` the point with it. */
  run: (trial: Trial) => Promise<{ agent: ChildProcess; id: number; at: string; name: string }>;
  /** Undisturbed, where 0.1.1 is not live. */
  goBack: () => Promise<void>;
}

/** Two instances that run 0.1.1, whose VMs live on from trial to trial. */
export async function makeHotTrials(): Promise<HotTrials> {
  const workshop = await hotWorkshop(otpReleases(), {
    replicas: 2,
    // The first release is gone back to until the end.
    app: { prove_after: '100ms', restart: { delay: '0s' }, keep: 100 },
  });
  await deployed(workshop, VERSIONS.rollback);
  const program = await bundleKilledAgent();
  await workshop.kill();
  workshop.configure({ auto: false });
  workshop.bucket.offer({ version: VERSIONS.deploy, hash: 'local' });
  await workshop.start();
  const entries = path.join(workshop.folder, 'entries');
  const run = async ({ point, moment, order }: Trial) => {
    const client = await workshop.client();
    const id = ((await workshop.lastDeployment())?.id ?? 0) + 1;
    const [newest] = await client.releases({ app: 'demo_app' });
    const number = order === 'deploy' ? (newest?.number ?? 0) + 1 : FIRST;
    await workshop.kill();
    fs.rmSync(entries, { force: true });
    const at = point.replace('ID', String(id)).replace('NUMBER', String(number));
    const log = fs.openSync(path.join(workshop.folder, 'agent.out'), 'a');
    const name = `${order}, killed ${moment} "${at}"`;
    fs.writeSync(log, `--- ${name}\n`);
    const args = [program, workshop.configFile, entries, at, moment, order, String(FIRST)];
    const agent = spawn(process.execPath, args, {
      stdio: ['ignore', log, log],
      env: { ...process.env, ...workshop.env },
    });
    fs.closeSync(log);
    workshop.agent = agent;
    return { agent, id, at, name };
  };
  const goBack = async () => {
    const { live, ghosted } = await workshop.app();
    const client = await workshop.client();
    for (const { version } of ghosted) await client.unghost({ app: 'demo_app', version });
    if (live?.version === VERSIONS.rollback) return;
    await client.rollback({ app: 'demo_app', to: FIRST });
    await workshop.untilDeployed(VERSIONS.rollback);
  };
  return { workshop, run, goBack };
}

/**
 * Waits until the deployment (of id `id`) has ended, and checks that all is of one version, which status tells truly.
 * `ended`: pid of instance 1 whose end is waited for as well; the agent learns of it only once the kernel is done.
 */
export async function expectWhole(
  workshop: Workshop,
  { id, name, ended }: { id: number; name: string; ended?: number | null },
): Promise<App> {
  const app = await waitFor(
    `the app to be whole: ${name}`,
    async () => {
      const now = await workshop.app();
      const deployment = await workshop.lastDeployment();
      const hasEnded = deployment?.id === id && deployment.ended_at !== null;
      if (now.state === 'running' && hasEnded && now.instances[0]?.pid !== ended) return now;
      throw new Error(
        `${JSON.stringify(now)} ${JSON.stringify(deployment)} ${workshop.agentOutput().slice(-3000)}`,
      );
    },
    { ...SELDOM, deadlineMs: 150_000, atMostMs: 600_000 },
  );
  const version = app.live?.version;
  expect(Object.values(VERSIONS), name).toContain(version);
  for (const [index, instance] of app.instances.entries()) {
    expect(instance.version, name).toBe(version);
    expect(await workshop.ask(index + 1), name).toMatchObject({ version, code: version, pid: instance.pid });
    const root = path.join(workshop.data, 'service/demo_app', String(index + 1));
    const current = fs.realpathSync(path.join(root, 'current'));
    const apps = fs.readdirSync(path.join(current, 'lib')).filter((each) => each.startsWith('demo_app-'));
    expect(apps, `current, ${name}`).toEqual([`demo_app-${version}`]);
  }
  const vms = workshop.processes().filter(({ command }) => command === 'beam.smp');
  expect(new Set(vms.map(({ pid }) => pid)), name).toEqual(new Set(app.instances.map(({ pid }) => pid)));
  return app;
}
