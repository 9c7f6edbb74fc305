import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import type { ReleaseRow } from '../../../src/journal/index.ts';
import { serviceLayout } from '../../../src/release/index.ts';
import type { ServiceContext } from '../../../src/service/context.ts';
import { ensureCopy, giveToUser } from '../../../src/service/launch.ts';
import { temporaryFolder } from '../../support/temporary.ts';
import { treeLines } from '../../support/tree.ts';
import { releaseTree } from '../otp/release/ground.ts';

const RELEASE = { number: 4, version: '1.0.0' } as ReleaseRow;
const ACCOUNT = { uid: 65_533, gid: 65_532 };

function ground() {
  const layout = serviceLayout(temporaryFolder(), 'shop');
  const context = {
    layout,
    configuration: { runtime: 'elixir' },
    account: () => Promise.resolve(ACCOUNT),
  } as unknown as ServiceContext;
  const pristine = layout.releaseDirectory(4, '1.0.0');
  fs.mkdirSync(path.dirname(pristine), { recursive: true });
  fs.cpSync(releaseTree({ version: '1.0.0', applications: {} }), pristine, { recursive: true });
  return { context, pristine };
}

const ownerOf = (file: string) => {
  const { uid, gid } = fs.lstatSync(file);
  return { uid, gid };
};

test('a release that was unpacked without RELEASES gets it, and so do the copies of it', async () => {
  const { context, pristine } = ground();
  const copy = await ensureCopy(context, RELEASE, { unit: '1', livingRuns: [] });
  expect(fs.readFileSync(path.join(copy, 'releases/RELEASES'), 'utf8')).toContain('"1.0.0"');
  expect(treeLines(copy)).toEqual(treeLines(pristine));
  expect(ownerOf(path.join(pristine, 'releases/RELEASES'))).toEqual(ACCOUNT);
});

test('a release whose folder of releases is a link is copied, and nothing written behind it', async () => {
  const { context, pristine } = ground();
  const elsewhere = path.join(temporaryFolder(), 'releases');
  fs.renameSync(path.join(pristine, 'releases'), elsewhere);
  fs.symlinkSync(elsewhere, path.join(pristine, 'releases'));
  const before = treeLines(elsewhere);
  const copy = await ensureCopy(context, RELEASE, { unit: '1', livingRuns: [] });
  expect(fs.readlinkSync(path.join(copy, 'releases'))).toBe(elsewhere);
  expect(treeLines(elsewhere)).toEqual(before);
});

test('all of a copy is given to the user, and nothing of what its links lead to', async () => {
  const { context, pristine } = ground();
  const elsewhere = temporaryFolder();
  fs.writeFileSync(path.join(elsewhere, 'file'), '');
  fs.symlinkSync(elsewhere, path.join(pristine, 'lib/link'));
  await giveToUser(context, pristine);
  for (const name of ['.', 'releases', 'releases/1.0.0/shop.rel', 'lib/kernel-8.5.3/ebin', 'lib/link'])
    expect(ownerOf(path.join(pristine, name)), name).toEqual(ACCOUNT);
  for (const name of ['.', 'file']) expect(ownerOf(path.join(elsewhere, name)).uid).toBe(process.getuid?.());
});
