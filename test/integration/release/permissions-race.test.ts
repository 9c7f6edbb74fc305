import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { setPermissions } from '../../../src/release/index.ts';
import { changeTimes, MODES, OWNER, ownersAndModes, ReleaseTree } from '../../unit/release/release-tree.ts';

const ROUNDS = 20;
const PLACES = 40;

/** Puts links that lead out in the place of files and directories of a release, and those back, as fast as it can. */
const SWAPPER = `
  const fs = require('node:fs');
  const [tree, outside] = process.argv.slice(1);
  process.chdir(tree);
  console.log('swapping');
  for (let round = 0; ; round++) {
    const place = round % ${PLACES};
    for (const [name, make] of [
      ['file' + place, () => fs.symlinkSync(outside + '/secret', 'link')],
      ['file' + place, () => fs.linkSync(outside + '/sub/secret', 'link')],
      ['folder' + place, () => fs.symlinkSync(outside + '/sub', 'link')],
    ]) {
      make();
      fs.renameSync(name, 'aside');
      fs.renameSync('link', name);
      fs.unlinkSync(name);
      fs.renameSync('aside', name);
    }
  }
`;

test('nothing outside is given away while somebody swaps files and folders for links there', async () => {
  const tree = new ReleaseTree();
  fs.writeFileSync(path.join(tree.outside, 'sub/secret'), 'secret', { mode: 0o600 });
  for (let place = 0; place < PLACES; place++) {
    tree.write(`file${place}`);
    for (const name of ['secret', 'readable', 'other']) tree.write(`folder${place}/${name}`);
  }
  const before = ownersAndModes(tree.outside);
  const { 'sub/secret': _, ...times } = changeTimes(tree.outside);
  const swapper = spawn(process.execPath, ['-e', SWAPPER, tree.directory, tree.outside], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(swapper, 'exit');
  onTestFinished(async () => {
    swapper.kill('SIGKILL');
    await ended;
  });
  await once(swapper.stdout, 'data');
  for (let round = 0; round < ROUNDS; round++) {
    // Two wanted owners in turn, so that every round changes every entry.
    const owner = { uid: OWNER.uid + (round % 2), gid: OWNER.gid };
    await setPermissions({ directory: tree.directory, owner, modes: MODES });
  }
  expect(swapper.exitCode).toBe(null);
  expect(ownersAndModes(tree.outside)).toEqual(before);
  expect(changeTimes(tree.outside)).toMatchObject(times);
});
