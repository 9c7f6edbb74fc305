import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { onTestFinished } from 'vitest';
import { temporaryFolder } from './temporary.ts';

/** Whom an app runs as, and somebody else of the host: neither has anything to do with the other, or with root. */
export const APP_USER = { uid: 65_533, gid: 65_533 };
export const STRANGER = { uid: 65_532, gid: 65_532 };

/** Puts a link in the place of each folder of a tree, and the folder back, as fast as it can. */
const PROGRAM = `
  const fs = require('node:fs');
  const [tree, beside, outside, ...folders] = process.argv.slice(1);
  process.chdir(tree);
  console.log('swapping');
  for (;;)
    for (const name of folders) {
      const [link, aside] = [beside + '/link', beside + '/aside'];
      try {
        fs.symlinkSync(outside, link);
        fs.renameSync(name, aside);
        fs.renameSync(link, name);
        fs.renameSync(name, link);
        fs.renameSync(aside, name);
        fs.unlinkSync(link);
      } catch {
        // Whoever works on the tree has taken something away.
        fs.rmSync(link, { force: true });
      }
    }
`;

/** A process of the app's user that turns folders of a tree into links which lead to `outside`. */
export async function swapFolders(
  tree: string,
  to: { outside: string; folders: readonly string[] },
): Promise<void> {
  const beside = temporaryFolder();
  fs.chownSync(beside, APP_USER.uid, APP_USER.gid);
  const swapper = spawn(process.execPath, ['-e', PROGRAM, tree, beside, to.outside, ...to.folders], {
    stdio: ['ignore', 'pipe', 'inherit'],
    ...APP_USER,
  });
  const ended = once(swapper, 'exit');
  onTestFinished(async () => {
    swapper.kill('SIGKILL');
    await ended;
  });
  await once(swapper.stdout, 'data');
}

/** A folder that root alone may come into, with files of these names that root alone may read. */
export function secretFolder(names: readonly string[]): string {
  const folder = temporaryFolder();
  for (const name of names) fs.writeFileSync(path.join(folder, name), 'of root alone', { mode: 0o600 });
  return folder;
}

/** Every file below, links not followed, that holds what root alone may read. */
export function leaksIn(tree: string): string[] {
  // Status 1: there is none.
  const { stdout } = spawnSync('grep', ['-rlF', 'of root alone', tree], { encoding: 'utf8' });
  return stdout.split('\n').filter(Boolean);
}
