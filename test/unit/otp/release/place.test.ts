import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { bringRelease, ownParts } from '../../../../src/otp/release/place.ts';
import { readRel } from '../../../../src/otp/release/rel.ts';
import { temporaryFolder } from '../../../support/temporary.ts';
import { releaseTree } from './ground.ts';

const NOBODY = { uid: 65_534, gid: 65_534 };

function trees() {
  return {
    root: releaseTree({ version: '1.0.0', applications: { shop: '1.0.0' } }),
    pristine: releaseTree({ version: '2.0.0', applications: { shop: '2.0.0', cache: '0.1.0' } }),
  };
}

/** A copy and the tree that it is made of belong to whom the app runs as. */
function give(...folders: string[]): void {
  execFileSync('chown', ['-R', `${NOBODY.uid}:${NOBODY.gid}`, ...folders]);
}

test('a running copy gets what it lacks, and keeps what it has', async () => {
  const { root, pristine } = trees();
  fs.mkdirSync(path.join(pristine, 'tmp'));
  fs.mkdirSync(path.join(pristine, 'bin/tools'), { recursive: true });
  fs.mkdirSync(path.join(root, 'bin'));
  fs.writeFileSync(path.join(pristine, 'bin/shop'), 'new', { mode: 0o755 });
  fs.writeFileSync(path.join(root, 'bin/shop'), 'old');
  fs.writeFileSync(path.join(pristine, 'bin/tools/run'), 'run', { mode: 0o750 });
  fs.symlinkSync('run', path.join(pristine, 'bin/tools/link'));
  fs.writeFileSync(path.join(pristine, 'releases/RELEASES'), 'not ours');

  give(root, pristine);

  const brought = await bringRelease({ root, pristine, owner: NOBODY });
  expect(brought.toSorted()).toEqual(['bin/tools', 'lib/cache-0.1.0', 'lib/shop-2.0.0', 'releases/2.0.0']);
  expect(fs.readFileSync(path.join(root, 'bin/shop'), 'utf8')).toBe('old');
  expect(fs.readFileSync(path.join(root, 'releases/start_erl.data'), 'utf8')).toBe('13.1.5 1.0.0');
  expect(fs.readlinkSync(path.join(root, 'bin/tools/link'))).toBe('run');
  for (const name of ['bin/tools/run', 'bin/tools', 'lib/shop-2.0.0/ebin/shop.beam', 'releases/2.0.0'])
    expect(fs.lstatSync(path.join(root, name)), name).toMatchObject(NOBODY);
  expect(fs.statSync(path.join(root, 'bin/tools/run')).mode & 0o777).toBe(0o750);
  expect(
    fs
      .readdirSync(path.dirname(root))
      .filter((name) => name.startsWith('.tmp-') && name.includes(path.basename(root))),
  ).toEqual([]);
});

test('a link that the app put in place of a folder is not followed', async () => {
  const { root, pristine } = trees();
  const elsewhere = temporaryFolder();
  for (const name of ['lib', 'releases']) {
    fs.renameSync(path.join(root, name), path.join(elsewhere, name));
    fs.symlinkSync(path.join(elsewhere, name), path.join(root, name));
  }
  expect(await bringRelease({ root, pristine, owner: NOBODY })).toEqual([]);
  expect(fs.existsSync(path.join(elsewhere, 'releases/2.0.0'))).toBe(false);
  expect(fs.existsSync(path.join(elsewhere, 'lib/shop-2.0.0'))).toBe(false);
});

test("a release's own parts are its folder and the applications that the running one lacks", () => {
  const { root, pristine } = trees();
  expect(ownParts(readRel(root), readRel(pristine))).toEqual([
    'releases/2.0.0',
    'lib/shop-2.0.0',
    'lib/cache-0.1.0',
  ]);
});
