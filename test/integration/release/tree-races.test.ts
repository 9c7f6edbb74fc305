import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { bringRelease } from '../../../src/otp/release/place.ts';
import { copyTree, giveTree, removeTree } from '../../../src/release/index.ts';
import { APP_USER, leaksIn, STRANGER, secretFolder, swapFolders } from '../../support/swapper.ts';
import { temporaryFolder } from '../../support/temporary.ts';

const ROUNDS = 10;
const FOLDERS = ['lib', 'priv'];
/** Enough for a folder to be swapped in the middle of it. */
const FILES = Array.from({ length: 150 }, (_, index) => `file${index}`);

/** A tree whose folders have files of the names of the secret ones. */
function ground(owner = APP_USER) {
  const root = temporaryFolder();
  fs.chmodSync(root, 0o755);
  const tree = path.join(root, 'release/deployment_1.1.0.0');
  for (const folder of FOLDERS) {
    fs.mkdirSync(path.join(tree, folder), { recursive: true });
    for (const file of FILES) fs.writeFileSync(path.join(tree, folder, file), 'of the app');
  }
  execFileSync('chown', ['-R', `${owner.uid}:${owner.gid}`, tree]);
  return { root, tree };
}

describe.skipIf(process.getuid?.() !== 0)('while the user of an app turns its folders into links', () => {
  test('a copy of its release holds nothing of what they lead to', async () => {
    const { root, tree } = ground();
    const outside = secretFolder(FILES);
    await swapFolders(tree, { outside, folders: FOLDERS });
    for (let round = 0; round < ROUNDS; round++) {
      const to = path.join(root, `copies/${round}`);
      // A folder that is away at this moment, or a link that it may not follow, is no copy.
      await copyTree({ from: tree, to, as: APP_USER }).catch(() => undefined);
      if (fs.existsSync(to)) expect(leaksIn(to)).toEqual([]);
    }
    expect(fs.readdirSync(path.join(root, 'copies')).filter((name) => name.startsWith('.tmp-'))).toEqual([]);
  });

  test('a running copy gets nothing of what they lead to', async () => {
    const { root, tree } = ground();
    const outside = secretFolder(FILES);
    await swapFolders(tree, { outside, folders: FOLDERS });
    for (let round = 0; round < ROUNDS; round++) {
      const copy = path.join(root, `copy${round}`);
      fs.mkdirSync(copy);
      fs.chownSync(copy, APP_USER.uid, APP_USER.gid);
      await bringRelease({ root: copy, pristine: tree, owner: APP_USER }).catch(() => undefined);
      expect(leaksIn(copy)).toEqual([]);
    }
  });

  test('nothing of what they lead to is given away with a tree, or removed with it', async () => {
    const { tree } = ground();
    const outside = secretFolder(FILES);
    await swapFolders(tree, { outside, folders: FOLDERS });
    for (let round = 0; round < ROUNDS; round++) {
      const [from, to] = round % 2 === 0 ? [APP_USER, STRANGER] : [STRANGER, APP_USER];
      expect(fs.statSync(tree).uid).toBe(from.uid);
      await giveTree(tree, to);
    }
    await removeTree(tree);
    expect(fs.existsSync(tree)).toBe(false);
    for (const name of ['.', ...FILES]) expect(fs.statSync(path.join(outside, name)).uid, name).toBe(0);
    expect(leaksIn(outside)).toHaveLength(FILES.length);
  });
});

test.skipIf(process.getuid?.() !== 0)(
  'what is not the former owner’s stays whose it is when a tree is given to another user',
  async () => {
    const { tree } = ground(STRANGER);
    const moved = path.join(tree, 'lib/moved');
    fs.writeFileSync(moved, 'of root alone', { mode: 0o600 });
    await giveTree(tree, APP_USER);
    expect(fs.statSync(moved).uid).toBe(0);
    expect(fs.statSync(path.join(tree, 'lib/file1'))).toMatchObject(APP_USER);
    expect(fs.statSync(tree)).toMatchObject({ ...APP_USER, mode: 0o40755 });
  },
);
