import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { freePorts } from '../../support/free-port.ts';
import { bundleKilledAgent, ONE_BY_ONE_MS, tellKillPoints, untilKilled } from '../../support/kill-points.ts';
import { triesAll } from '../../support/notes.ts';
import { otpReleases } from '../../support/otp-releases.ts';
import { SELDOM, waitFor } from '../../support/wait-for.ts';
import { Workshop } from '../../support/workshop.ts';

/** What the scenario with tiny programs has not: a migration, and a copy for each instance. */
const CHOSEN = [
  'demo_app: pre-command begins',
  'demo_app: pre-command succeeded',
  'demo_app: copy 1, 2 begins',
  'demo_app: roll-out 2 begins',
];
const OTHERS = [
  'demo_app: deployment begins',
  'demo_app: unpack begins',
  'demo_app: roll-out 1 begins',
  'demo_app: prove begins',
];
const POINTS = triesAll() ? [...CHOSEN, ...OTHERS] : CHOSEN;

let elixir: (version: string) => string;
beforeAll(() => {
  elixir = otpReleases().elixir;
});

test(
  'mix releases: killed at the named points, the next agent deploys to all and migrates once',
  async () => {
    const epmdPort = await freePorts(1);
    const workshop = await Workshop.make({
      name: 'demo_app',
      replicas: 2,
      app: { runtime: 'elixir', start: undefined, ready: { http: '/' }, prove_after: '500ms' },
      env: { ERL_EPMD_PORT: String(epmdPort) },
    });
    const marker = path.join(workshop.folder, 'migrated');
    workshop.configure({ env: { MIGRATE_MARKER: marker } });
    for (const version of ['0.1.1', '0.1.4']) workshop.bucket.put(version, elixir(version));
    const program = await bundleKilledAgent();
    workshop.bucket.offer({ version: '0.1.1', hash: 'before' });
    await workshop.start();
    await workshop.untilDeployed('0.1.1');

    let passed = 0;
    let deployments = 1;
    for (const point of POINTS) {
      await workshop.kill();
      fs.rmSync(marker, { force: true });
      deployments++;
      const hash = `killed at ${point}`;
      workshop.bucket.offer({ version: '0.1.4', hash, pre_commands: ['eval DemoApp.Release.migrate'] });
      const log = fs.openSync(path.join(workshop.folder, 'agent.out'), 'a');
      workshop.agent = spawn(
        process.execPath,
        [program, workshop.configFile, path.join(workshop.folder, 'entries'), point, 'after'],
        { stdio: ['ignore', log, log], env: { ...process.env, ...workshop.env } },
      );
      fs.closeSync(log);
      await untilKilled(workshop, point);
      await workshop.start();
      await waitFor(
        `the deployment killed at ${point}`,
        async () => {
          const last = await workshop.lastDeployment();
          return last?.state === 'succeeded' && last.id === deployments;
        },
        { ...SELDOM, deadlineMs: 150_000 },
      );
      const app = await workshop.untilState('running');
      expect(
        app.instances.map(({ version }) => version),
        point,
      ).toEqual(['0.1.4', '0.1.4']);
      expect(fs.readFileSync(marker, 'utf8').trim().split('\n'), point).toHaveLength(1);
      // As many VMs as instances, and those that status shows.
      const vms = workshop.processes().filter(({ command }) => command === 'beam.smp');
      expect(new Set(vms.map(({ pid }) => pid)), point).toEqual(new Set(app.instances.map(({ pid }) => pid)));
      expect(vms, point).toHaveLength(2);
      passed++;
    }
    tellKillPoints(passed, POINTS.length);
    expect(passed).toBe(POINTS.length);
  },
  ONE_BY_ONE_MS,
);
