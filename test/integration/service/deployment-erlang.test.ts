import { beforeAll, expect, test } from 'vitest';
import { processStat } from '../../../src/supervisor/index.ts';
import { freePorts } from '../../support/free-port.ts';
import { otpReleases } from '../../support/otp-releases.ts';
import { groupOf } from '../../support/run-groups.ts';
import { Workshop } from '../../support/workshop.ts';

let erlang: (version: string) => string;
beforeAll(() => {
  erlang = otpReleases().erlang;
});

test('an Erlang release goes live, rolls, is taken back where it is bad, and migrates once', async () => {
  const epmdPort = await freePorts(1);
  const workshop = await Workshop.make({
    name: 'demo_erl',
    replicas: 2,
    app: { runtime: 'erlang', start: undefined, ready: { http: '/' }, prove_after: '100ms' },
    env: { ERL_EPMD_PORT: String(epmdPort) },
  });
  for (const version of ['0.1.0', '0.1.1', '0.1.2']) workshop.bucket.put(version, erlang(version));
  workshop.bucket.offer({ version: '0.1.0', hash: 'local' });
  await workshop.start();
  await workshop.untilDeployed('0.1.0');
  const before = await workshop.untilState('running');
  // epmd is shared by all nodes of a host: it belongs to no run, and outlives the one that was there first.
  const groups = groupOf(workshop.data)?.children() ?? [];
  const withEpmd = groups.filter((group) => group.pids().some((pid) => processStat(pid)?.command === 'epmd'));
  expect(withEpmd.map(({ name }) => name)).toEqual([`epmd-${epmdPort}`]);

  workshop.bucket.offer({ version: '0.1.1', hash: 'a', pre_commands: ['no-such-command'] });
  const failed = await workshop.untilDeployed('0.1.1', 'failed');
  expect(failed.reason).toContain('no-such-command');
  expect((await workshop.app()).instances.map(({ pid }) => pid)).toEqual(
    before.instances.map(({ pid }) => pid),
  );

  workshop.bucket.offer({ version: '0.1.1', hash: 'b' });
  await workshop.untilDeployed('0.1.1');
  const app = await workshop.untilState('running');
  expect(app.instances.map(({ version }) => version)).toEqual(['0.1.1', '0.1.1']);

  // However slow this machine is, it is not proven before it has died.
  workshop.configure({ prove_after: '10m' });
  await (await workshop.client()).applyConfiguration();
  workshop.bucket.offer({ version: '0.1.2', hash: 'local' });
  await workshop.untilDeployed('0.1.2', 'rolled_back');
  const back = await workshop.untilState('running');
  expect(back.instances.map(({ version }) => version)).toEqual(['0.1.1', '0.1.1']);
  expect(back.ghosted.map(({ version }) => version)).toEqual(['0.1.2']);
}, 300_000);
