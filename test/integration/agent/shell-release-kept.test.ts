import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { deployed, hotWorkshop } from '../../support/hot.ts';
import { otpReleases } from '../../support/otp-releases.ts';
import { openShell, untilNoShells } from '../../support/shells.ts';
import { waitFor } from '../../support/wait-for.ts';
import { Workshop } from '../../support/workshop.ts';

test('the release that a shell runs from is kept until it has ended, wherever that has gone', async () => {
  const workshop = await Workshop.running({ replicas: 1, app: { keep: 1 } });
  await workshop.untilState('running');
  const shell = openShell(workshop, 'web/1');
  await shell.until(/[$#] $/);
  await shell.ask('cd /; pwd', /[\r\n]\/\s/);
  for (const version of ['1.1.0', '1.2.0', '1.3.0']) {
    workshop.publish(version);
    await workshop.untilDeployed(version);
  }
  // What no shell runs from is gone: retention has been at work.
  await waitFor('1.1.0 to be removed', async () => !(await versionsOf(workshop)).includes('1.1.0'));
  expect(await versionsOf(workshop)).toContain('1.0.0');
  const tree = path.join(workshop.data, 'service/web/release/deployment_1.1.0.0');
  expect(fs.existsSync(path.join(tree, 'server.js'))).toBe(true);

  shell.type('exit\r');
  await shell.ended;
  await untilNoShells(workshop);
  workshop.publish('1.4.0');
  await workshop.untilDeployed('1.4.0');
  await waitFor('1.0.0 to be removed', async () => !(await versionsOf(workshop)).includes('1.0.0'));
  await waitFor('its directory to be removed', () => !fs.existsSync(tree));
});

test('the copy that a remote console runs from is kept until it ends, whatever becomes live', async () => {
  const workshop = await hotWorkshop(otpReleases(), { replicas: 1, app: { keep: 1 } });
  await deployed(workshop, '0.1.0');
  const copies = path.join(workshop.data, 'service/demo_app/1/release');
  const shell = openShell(workshop, 'demo_app/1');
  await shell.until(/iex\(demo_app-1@\S+\)\d+> $/);
  // None of them can be upgraded from 0.1.0 in place.
  for (const version of ['0.1.2', '0.1.0', '0.1.2']) await deployed(workshop, version);
  await waitFor('the copy of the second release to be removed', () => {
    return !fs.existsSync(path.join(copies, 'deployment_2.0.1.2'));
  });
  const copy = path.join(copies, 'deployment_1.0.1.0');
  expect(fs.existsSync(path.join(copy, 'bin/demo_app'))).toBe(true);
  expect(await versionsOf(workshop)).toContain('0.1.0');

  shell.type('\x03');
  await shell.until(/BREAK: \(a\)bort[^]*\(d\)istribution\s+/);
  shell.type('a\r');
  await shell.ended;
  await untilNoShells(workshop);
  await deployed(workshop, '0.1.0');
  await waitFor('the copy to be removed', () => !fs.existsSync(copy));
}, 300_000);

async function versionsOf(workshop: Workshop): Promise<string[]> {
  const client = await workshop.client();
  return (await client.releases({ app: workshop.name })).map(({ version }) => version);
}
