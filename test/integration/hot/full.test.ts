import fs from 'node:fs';
import path from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { atom } from '../../../src/otp/index.ts';
import {
  connectTo,
  deployed,
  hotWorkshop,
  kindsOf,
  lives,
  outputOf,
  untilConnected,
  versionsOf,
} from '../../support/hot.ts';
import { type OtpReleases, otpReleases } from '../../support/otp-releases.ts';
import { treePaths } from '../../support/tree.ts';
import { SELDOM, waitFor } from '../../support/wait-for.ts';

let releases: OtpReleases;
beforeAll(() => {
  releases = otpReleases();
});

test('without an appup the instance is started anew, there and back; both deployments say why', async () => {
  const workshop = await hotWorkshop(releases, { replicas: 1 });
  const before = await deployed(workshop, '0.1.1');
  workshop.bucket.put('0.1.2', releases.elixir('0.1.2', 'no-appup'));
  const after = await deployed(workshop, '0.1.2');
  expect(await outputOf(workshop)).toContain('full: demo_app 0.1.1 -> 0.1.2 has no appup');
  expect((await workshop.lastDeployment())?.kind).toBe('full');
  expect(kindsOf(after)).toEqual(['full']);
  expect(after.instances[0]?.pid).not.toBe(before.instances[0]?.pid);

  const client = await workshop.client();
  await client.rollback({ app: 'demo_app' });
  await workshop.untilDeployed('0.1.1');
  expect(await outputOf(workshop)).toContain('full: demo_app 0.1.2 -> 0.1.1 has no appup');
  expect(kindsOf(await workshop.untilState('running'))).toEqual(['full']);
}, 300_000);

test('a node with another cookie is not connected, which is told; instances are started anew', async () => {
  const workshop = await hotWorkshop(releases, { replicas: 1 });
  const before = await deployed(workshop, '0.1.1');
  const connection = await connectTo(workshop, 1);
  await connection.rpc('erlang', 'set_cookie', [atom('another')]);
  connection.close();
  await workshop.kill();
  await workshop.start();
  // It is supervised all the same.
  const lonely = await waitFor(
    'the agent to be refused, and the app to run',
    async () => {
      const app = await workshop.app();
      return app.state === 'running' && /cookie/.test(app.instances[0]?.otp?.reason ?? '') && app;
    },
    SELDOM,
  );
  expect(lonely).toMatchObject({ instances: [{ otp: { connected: false, tls: false } }] });
  expect(lives(lonely)).toEqual(lives(before));

  const after = await deployed(workshop, '0.1.2');
  expect(await outputOf(workshop)).toMatch(/full: demo_app\/1 is not connected: .*cookie/);
  expect(kindsOf(after)).toEqual(['full']);
  expect(versionsOf(after)).toEqual(['0.1.2']);
}, 300_000);

test('a VM that was started without RELEASES is not upgraded in place', async () => {
  const workshop = await hotWorkshop(releases, { replicas: 1 });
  await deployed(workshop, '0.1.1');
  const client = await workshop.client();
  await client.stop({ app: 'demo_app' });
  fs.rmSync(path.join(workshop.data, 'service/demo_app/1/current/releases/RELEASES'));
  await client.start({ app: 'demo_app' });
  await untilConnected(workshop);
  await deployed(workshop, '0.1.2');
  expect(await outputOf(workshop)).toContain('full: demo_app/1 was started without releases/RELEASES');
}, 300_000);

test('a person may ask for a full deployment of what could be upgraded', async () => {
  const workshop = await hotWorkshop(releases, { replicas: 1, app: { auto: false } });
  workshop.bucket.offer({ version: '0.1.1', hash: 'local' });
  await workshop.start();
  const client = await workshop.client();
  await client.deploy({ app: 'demo_app', version: '0.1.1' });
  const before = await workshop.untilDeployed('0.1.1').then(() => workshop.untilState('running'));
  workshop.bucket.offer({ version: '0.1.2', hash: 'local' });
  await client.deploy({ app: 'demo_app', version: '0.1.2', full: true });
  await workshop.untilDeployed('0.1.2');
  const after = await workshop.untilState('running');
  expect(kindsOf(after)).toEqual(['full']);
  expect(lives(after)).not.toEqual(lives(before));
  expect(await outputOf(workshop)).toContain('full: asked for');
}, 300_000);

test('a dry run says whether a deployment would be hot and why not, and leaves nothing behind', async () => {
  const workshop = await hotWorkshop(releases, { replicas: 1, app: { auto: false } });
  workshop.bucket.offer({ version: '0.1.1', hash: 'local' });
  await workshop.start();
  const client = await workshop.client();
  await client.deploy({ app: 'demo_app', version: '0.1.1' });
  await workshop.untilDeployed('0.1.1');
  const before = await workshop.untilState('running');
  const filesBefore = names(workshop.data);

  workshop.bucket.offer({ version: '0.1.2', hash: 'local' });
  const hot = await client.planDeploy({ app: 'demo_app', version: '0.1.2' });
  expect(hot.kind).toBe('hot');
  expect(hot.upgrade).toMatchObject({
    reason: null,
    applications: [
      { name: 'demo_app', from: '0.1.1', to: '0.1.2', modules: expect.arrayContaining(['DemoApp.Counter']) },
    ],
  });
  expect(hot.upgrade?.applications[0]?.instructions.join('\n')).toContain('DemoApp.Counter');

  const full = await client.planDeploy({ app: 'demo_app', version: '0.1.6' });
  expect(full).toMatchObject({ kind: 'full', upgrade: { applications: [] } });
  expect(full.upgrade?.reason).toContain('0.1.1');

  expect(names(workshop.data)).toEqual(filesBefore);
  expect(lives(await workshop.app())).toEqual(lives(before));
  expect(versionsOf(await workshop.app())).toEqual(['0.1.1']);
}, 300_000);

/** What lies in the data folder, less what running apps write into their copies. */
function names(data: string): string[] {
  return ['service', 'cache']
    .filter((folder) => fs.existsSync(path.join(data, folder)))
    .flatMap((folder) => treePaths(path.join(data, folder)).map((name) => path.join(folder, name)))
    .filter((name) => !name.includes('/tmp/') && name !== 'cache/demo_app')
    .toSorted();
}
