import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { deployed, hotWorkshop, kindsOf, outputOf, versionsOf } from '../../support/hot.ts';
import { otpReleases } from '../../support/otp-releases.ts';
import { unpackRelease } from '../../support/running-release.ts';
import { temporaryFolder } from '../../support/temporary.ts';

test('an instance whose VM refuses the installation is started with the release, configured', async () => {
  const releases = otpReleases();
  const workshop = await hotWorkshop(releases, {
    replicas: 1,
    app: { env: { GREETING: 'from the environment' } },
  });
  const before = await deployed(workshop, '0.1.1');
  const tree = unpackRelease(releases.elixir('0.1.2'));
  // The check makes the table, so that the installation cannot.
  fs.writeFileSync(
    path.join(tree, 'releases/0.1.2/relup'),
    '{"0.1.2", [{"0.1.1", [], [{apply,{ets,new,[t,[named_table,public]]}}, point_of_no_return]}], []}.',
  );
  const archive = path.join(temporaryFolder(), 'refused.tar.gz');
  execFileSync('tar', ['-czf', archive, '-C', tree, ...fs.readdirSync(tree)]);
  workshop.bucket.put('0.1.2', archive);
  const after = await deployed(workshop, '0.1.2');
  const output = await outputOf(workshop);
  expect(output).toContain('hot: demo_app 0.1.1 -> 0.1.2');
  expect(output).toMatch(/^full: .*install_release/m);
  expect(after.instances[0]?.pid).not.toBe(before.instances[0]?.pid);
  expect(versionsOf(after)).toEqual(['0.1.2']);
  expect(kindsOf(after)).toEqual(['full']);
  expect(await workshop.ask(1)).toMatchObject({ code: '0.1.2', greeting: 'from the environment' });
}, 300_000);
