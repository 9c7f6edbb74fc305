import fs from 'node:fs';
import path from 'node:path';
import { closing, nameOf, pathOf, uniqueName } from '../kernel/index.ts';
import { withRelease } from './beneath.ts';
import { lstat } from './owned-directory.ts';
import type { Owner } from './permission-rule.ts';
import { forceRemove } from './tree-files.ts';

const NAME = '.env';
const { O_RDONLY, O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW, O_NONBLOCK } = fs.constants;

/**
 * Puts an .env into a release in the place of any that the project brought, be it a link, which is not followed, or a
 * directory. A reader finds the old one or the new one, whole, also after a power loss. Rejects with `release_unknown`, or
 * with what `first` rejects with; the old one is still there then.
 */
export function placeEnv(options: {
  releaseDirectory: string;
  content: Uint8Array;
  owner: Owner | null;
  mode: number;
  say: (line: string) => void;
  /** What is to be done before, when only the rename is left to do. */
  first?: (() => Promise<void>) | undefined;
}): Promise<void> {
  return withRelease(options.releaseDirectory, async ({ top, aside }) => {
    // The way back to a release that has it needs no room on the disk.
    if (isThere(top, options)) return await options.first?.();
    const temporary = pathOf(aside, uniqueName(NAME));
    try {
      write(temporary, options);
      await clear({ top, aside }, options.say);
      await options.first?.();
      fs.renameSync(temporary, pathOf(top, NAME));
    } catch (error) {
      fs.rmSync(temporary, { force: true });
      throw error;
    }
    sync(top);
  });
}

/** Whether a file with that content is there; if so it gets the owner and the mode, too. */
function isThere(top: number, options: { content: Uint8Array; owner: Owner | null; mode: number }): boolean {
  const { content, owner, mode } = options;
  let fd: number;
  try {
    fd = fs.openSync(pathOf(top, NAME), O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  } catch {
    return false;
  }
  using _ = closing(fd);
  const stat = fs.fstatSync(fd);
  // What has another name, too, may be anybody's.
  if (!stat.isFile() || stat.nlink !== 1 || stat.size !== content.byteLength) return false;
  if (!fs.readFileSync(fd).equals(content)) return false;
  if (owner && (stat.uid !== owner.uid || stat.gid !== owner.gid)) fs.fchownSync(fd, owner.uid, owner.gid);
  fs.fchmodSync(fd, mode);
  return true;
}

function write(file: string, options: { content: Uint8Array; owner: Owner | null; mode: number }): void {
  const { content, owner, mode } = options;
  const fd = fs.openSync(file, O_WRONLY | O_CREAT | O_EXCL, 0o600);
  using _ = closing(fd);
  if (owner) fs.fchownSync(fd, owner.uid, owner.gid);
  fs.fchmodSync(fd, mode);
  fs.writeFileSync(fd, content);
  fs.fsyncSync(fd);
}

/** A directory is in the way of a rename; anything else is replaced by it. */
async function clear(release: { top: number; aside: number }, say: (line: string) => void): Promise<void> {
  const { top, aside } = release;
  const own = lstat(top, NAME);
  if (own?.isSymbolicLink()) {
    const target = JSON.stringify(fs.readlinkSync(pathOf(top, NAME)));
    say(`${NAME} of the project is a link to ${target}, which was not followed: it is replaced`);
  }
  if (!own?.isDirectory()) return;
  say(`${NAME} of the project is a directory: it is replaced`);
  const leftover = uniqueName('env-directory');
  fs.renameSync(pathOf(top, NAME), pathOf(aside, leftover));
  await forceRemove(path.join(nameOf(aside), leftover));
}

function sync(directory: number): void {
  const fd = fs.openSync(pathOf(directory), fs.constants.O_DIRECTORY);
  using _ = closing(fd);
  fs.fsyncSync(fd);
}
