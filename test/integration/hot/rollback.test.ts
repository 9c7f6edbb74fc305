import fs from 'node:fs';
import path from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { deployed, hotWorkshop, kindsOf, lives, outputOf, versionsOf } from '../../support/hot.ts';
import { type OtpReleases, otpReleases } from '../../support/otp-releases.ts';
import { SELDOM, waitFor } from '../../support/wait-for.ts';

let releases: OtpReleases;
beforeAll(() => {
  releases = otpReleases();
});

test('a rollback goes back while instances run; a cold start boots the release as unpacked', async () => {
  const workshop = await hotWorkshop(releases, { replicas: 2 });
  const first = await deployed(workshop, '0.1.1');
  await workshop.ask(1, '/counter');
  await deployed(workshop, '0.1.2');
  await workshop.ask(1, '/counter');

  const client = await workshop.client();
  await client.rollback({ app: 'demo_app' });
  const deployment = await workshop.untilDeployed('0.1.1');
  const back = await workshop.untilState('running');
  expect(deployment.kind).toBe('rollback');
  expect(await outputOf(workshop)).toContain('hot: demo_app 0.1.2 -> 0.1.1');
  expect(lives(back)).toEqual(lives(first));
  expect(versionsOf(back)).toEqual(['0.1.1', '0.1.1']);
  expect(kindsOf(back)).toEqual(['hot', 'hot']);
  expect(await workshop.ask(1)).toMatchObject({ version: '0.1.1', code: '0.1.1' });
  expect(await workshop.ask(1, '/counter')).toEqual({ counter: 3 });

  // The VM lives in the copy that it has changed twice: what is booted is another one.
  const instance = path.join(workshop.data, 'service/demo_app/1');
  const current = fs.realpathSync(path.join(instance, 'current'));
  expect(fs.readdirSync(path.join(current, 'lib')).filter((name) => name.startsWith('demo_app'))).toEqual([
    'demo_app-0.1.1',
  ]);
  process.kill(back.instances[0]?.pid ?? 0, 'SIGKILL');
  const restarted = await waitFor(
    'the instance to be started again',
    async () => {
      const app = await workshop.app();
      return app.state === 'running' && app.instances[0]?.restarts.crash === 1 && app;
    },
    SELDOM,
  );
  expect([versionsOf(restarted), kindsOf(restarted)]).toEqual([
    ['0.1.1', '0.1.1'],
    ['full', 'hot'],
  ]);

  // And forward again, from a copy under its second name and from the first one alike.
  await client.deploy({ app: 'demo_app', version: '0.1.2' });
  await workshop.untilDeployed('0.1.2');
  const forward = await workshop.untilState('running');
  expect(lives(forward)).toEqual(lives(restarted));
  expect(kindsOf(forward)).toEqual(['hot', 'hot']);
  expect(await workshop.ask(1)).toMatchObject({ version: '0.1.2', code: '0.1.2' });
}, 300_000);

test('a release whose code_change raises is taken back, and the app ends whole on the old one', async () => {
  const workshop = await hotWorkshop(releases, { replicas: 2 });
  const before = await deployed(workshop, '0.1.1');
  workshop.bucket.offer({ version: '0.1.5', hash: 'local' });
  const bad = await workshop.untilDeployed('0.1.5', 'rolled_back');
  expect(bad.kind).toBe('hot');
  expect(bad.reason).toContain('reboots itself');
  const rollOuts = bad.steps.filter(({ name }) => name === 'roll-out');
  expect(rollOuts.map(({ state }) => state)).toEqual(['failed', 'skipped']);
  const after = await workshop.untilState('running');
  expect(versionsOf(after)).toEqual(['0.1.1', '0.1.1']);
  expect(after.live?.version).toBe('0.1.1');
  expect(after.ghosted.map(({ version }) => version)).toEqual(['0.1.5']);
  // Supervision saw no end: the process is the same.
  expect(lives(after), await outputOf(workshop)).toEqual(lives(before));
  for (const instance of [1, 2])
    expect(await workshop.ask(instance)).toMatchObject({ version: '0.1.1', code: '0.1.1' });
}, 300_000);
