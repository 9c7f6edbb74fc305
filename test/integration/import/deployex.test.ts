import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { carryOut, endLeavingApps, survey } from '../../../src/deployex/index.ts';
import { Journal } from '../../../src/journal/index.ts';
import { systemClock } from '../../../src/kernel/index.ts';
import { isAlive, processStat } from '../../../src/supervisor/index.ts';
import { slipway } from '../../fixtures/slipway.ts';
import { DeployexHost } from '../../support/deployex-host.ts';
import { startEpmd } from '../../support/erlang-node.ts';
import { freePorts } from '../../support/free-port.ts';
import { otpReleases } from '../../support/otp-releases.ts';
import { temporaryFolder } from '../../support/temporary.ts';
import { waitFor } from '../../support/wait-for.ts';
import { Workshop } from '../../support/workshop.ts';

const NOON = new Date('2026-01-05T12:00:00Z');
const later = (minutes: number) => new Date(NOON.getTime() + minutes * 60_000);
const KEY = { name: 'demo_app', environment: 'prod' };

/** Three versions were deployed, one of which was taken back. */
function withHistory(host: DeployexHost): void {
  for (const instance of [1, 2]) {
    host.record('history', { version: '0.0.8', hash: 'a', at: later(instance), instance });
    host.record('history', { version: '0.0.9', hash: 'b', at: later(1000 + instance), instance });
    host.record('history', { version: '0.1.0', hash: 'local', at: later(2000 + instance), instance });
  }
  host.record('ghosted', { version: '0.0.9', at: later(1500) });
  host.write('history/1.term', Buffer.alloc(0)); // as a full disk leaves it
}

test('history, ghosts, pin and what is live are taken over, whatever ends it and however often', async () => {
  const host = new DeployexHost('demo_app', { port: 4000, replicas: 2 });
  host.put(otpReleases().elixir('0.1.0'), 1);
  withHistory(host);
  host.pin({ version: '0.1.0', at: NOON });
  const seen = survey(host.found, null);
  expect(seen.unreadable).toEqual([expect.stringContaining('history/1.term')]);
  expect(seen.plans[0]).toMatchObject({ why: null, pinned: '0.1.0', ghosts: [{ version: '0.0.9' }] });

  const carry = (onStep?: (step: string) => void) =>
    carryOut({
      ...{ configuration: host.configuration, text: host.text, file: host.configFile },
      ...{ plans: seen.plans, running: [], endDeployex: async () => undefined, clock: systemClock },
      ...(onStep ? { onStep } : {}),
    });
  const steps: string[] = [];
  for (let dies = true; dies; ) {
    const known = steps.length;
    dies = false;
    await carry((step) => {
      if (steps.includes(step)) return;
      steps.push(step);
      dies = true;
      throw new Error('ended here');
    }).catch((error: Error) => expect(error.message).toBe('ended here'));
    expect(fs.existsSync(host.configFile)).toBe(steps.includes('configured') || steps.length === known);
  }
  expect(steps).toContain('journalled demo_app');

  expect(fs.readFileSync(host.configFile, 'utf8')).toBe(host.text);
  const journal = Journal.open(host.slipwayData);
  const { tables } = journal;
  expect(tables.app(KEY)).toMatchObject({
    live: 1,
    pinned: '0.1.0',
    actedVersion: '0.1.0',
    actedHash: 'local',
  });
  expect(tables.releases(KEY)).toMatchObject([{ number: 1, version: '0.1.0', state: 'live' }]);
  expect(fs.existsSync(path.join(tables.releases(KEY)[0]?.directory ?? '', 'bin/demo_app'))).toBe(true);
  expect(tables.deployments(KEY).map(({ version, release }) => [version, release])).toEqual([
    ['0.1.0', 1],
    ['0.0.9', null],
    ['0.0.8', null],
  ]);
  expect(tables.ghosts(KEY)).toMatchObject([{ version: '0.0.9', hash: null, at: later(1500).getTime() }]);
  journal.close();
});

test('what nothing was made of is told once: in the text that is printed, or beside the file', async () => {
  const file = path.join(import.meta.dirname, '../../fixtures/deployex/deployex.yaml');
  const printed = await slipway(['import', 'deployex', file, '--print']);
  expect(printed).toMatchObject({ status: 0, stderr: '' });
  expect(printed.stdout).toContain('# Nothing was made of:\n');
  const output = path.join(temporaryFolder(), 'slipway.yaml');
  const written = await slipway(['import', 'deployex', file, '--output', output]);
  expect(written).toMatchObject({ status: 0, stdout: '' });
  expect(written.stderr).toContain('nothing was made of notifications: ');
});

test.each([
  ['an upgrade in place', { hot: true }, 'several releases'],
  ['a version that does not lie there', { version: '9.9.9' }, 'no release of it'],
])('after %s its source has to have what is live', (_what, change, why) => {
  const host = new DeployexHost('demo_app', { port: 4000, replicas: 2 });
  host.put(otpReleases().elixir('0.1.0'), 1);
  host.record('history', { version: '0.1.0', at: NOON, ...change });
  expect(survey(host.found, null).plans[0]).toMatchObject({ live: null, why: expect.stringContaining(why) });
});

test('apps that an Erlang VM runs through a port program go on when it is ended, and are adopted', async () => {
  const port = await freePorts(2);
  const { port: epmdPort } = await startEpmd();
  const host = new DeployexHost('demo_app', { port, replicas: 2 });
  withHistory(host);
  const commands = [1, 2].map((instance) => {
    host.put(otpReleases().elixir('0.1.0'), instance);
    const env = `ERL_EPMD_PORT=${epmdPort} PORT=${port + instance - 1} RELEASE_NODE_SUFFIX=-${instance} RELEASE_COOKIE=cookie`;
    return {
      command: `export ${env}; ${host.current(instance)}/bin/demo_app start; true`,
      output: path.join(host.folder, `${instance}.log`),
    };
  });
  const vm = await host.startVm(commands);
  const mainPid = vm.pid as number;
  const unit = { file: 'deployex.service', mainPid, killMode: 'process' };
  const seen = await waitFor('both to run', () => {
    const found = survey(host.found, unit);
    return found.running.length === 2 && found;
  });
  expect(seen.restart).toBe(null);
  expect(survey(host.found, { ...unit, killMode: 'control-group' }).restart).toContain('KillMode');

  await carryOut({
    ...{ configuration: host.configuration, text: host.text, file: host.configFile, clock: systemClock },
    ...{ plans: seen.plans, running: seen.running },
    endDeployex: () => endLeavingApps(mainPid, seen.running),
  });
  expect(processStat(mainPid)).toBe(null);
  expect(seen.running.every(isAlive)).toBe(true);

  const workshop = await Workshop.make({
    ...{ name: 'demo_app', folder: host.folder, replicas: 2 },
    env: { ERL_EPMD_PORT: String(epmdPort) },
  });
  fs.writeFileSync(host.configFile, host.text);
  await workshop.start();
  const app = await workshop.untilState('running');
  const pids = seen.running.toSorted((a, b) => a.instance - b.instance).map(({ pid }) => pid);
  expect(app.instances.map(({ pid }) => pid)).toEqual(pids);
  expect(app).toMatchObject({ live: { version: '0.1.0' }, ghosted: [{ version: '0.0.9' }] });
  await waitFor('both nodes', async () =>
    (await workshop.app()).instances.every(({ otp }) => otp?.connected),
  );
  // It is watched from now on: one that ends is started anew, by Slipway and from its own copy.
  process.kill(pids[0] as number, 'SIGKILL');
  await waitFor('a successor', async () => {
    const [first] = (await workshop.app()).instances;
    return first?.state === 'ready' && first.pid !== pids[0];
  });
  expect((await workshop.app()).instances[1]?.pid).toBe(pids[1]);
}, 120_000);
