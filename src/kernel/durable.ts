import fs from 'node:fs';
import path from 'node:path';
import { errnoOf } from './errors.ts';
import { uniqueName } from './names.ts';
import { closing } from './place.ts';

/**
 * Writes a whole file so that a reader, or the next start after a power loss, sees the old text or the new one:
 * temporary name, fsync, rename(2), fsync of the directory. It has its mode and its owner (default: the agent's own user)
 * from its first moment there, whatever the umask is.
 */
export function writeFileDurable(
  file: string,
  text: string | Uint8Array,
  { mode = 0o600, owner = null }: { mode?: number; owner?: { uid: number; gid: number } | null } = {},
): void {
  const temporary = uniqueName(file);
  try {
    const fd = fs.openSync(temporary, 'wx', 0o600);
    try {
      fs.writeFileSync(fd, text);
      if (owner) fs.fchownSync(fd, owner.uid, owner.gid);
      fs.fchmodSync(fd, mode);
      fs.fsyncSync(fd);
    } finally {
      fs.closeSync(fd);
    }
    fs.renameSync(temporary, file);
  } catch (error) {
    fs.rmSync(temporary, { force: true });
    throw error;
  }
  syncDirectory(path.dirname(file));
}

/** Takes a file away so that it does not come back after a power loss; false where there was none. */
export function removeFileDurable(file: string): boolean {
  try {
    fs.unlinkSync(file);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return false;
    throw error;
  }
  syncDirectory(path.dirname(file));
  return true;
}

/** fsync of a directory: makes a rename or an unlink in it survive a power loss. */
export function syncDirectory(directory: string): void {
  const fd = fs.openSync(directory, 'r');
  using _ = closing(fd);
  fs.fsyncSync(fd);
}

/** Does what `syncDirectory` does, beside other work: many that do so at once share the disk's commits. */
export async function directorySynced(directory: string): Promise<void> {
  await using handle = await fs.promises.open(directory, 'r');
  await handle.sync();
}

/** Does what `replaceLink` does, durably when this returns. */
export function switchLink(link: string, target: string): void {
  if (replaceLink(link, target)) syncDirectory(path.dirname(link));
}

/**
 * Points a symbolic link elsewhere with one rename(2), so that a reader finds the old target or the new one, never none.
 * `target` is written as given (relative links stay relative). Reads the link back. False where it points there already,
 * and nothing was written; else it is durable once its directory is synced.
 */
export function replaceLink(link: string, target: string): boolean {
  if (readLink(link) === target) return false;
  const temporary = uniqueName(link);
  fs.symlinkSync(target, temporary);
  try {
    fs.renameSync(temporary, link);
  } catch (error) {
    fs.rmSync(temporary, { force: true });
    throw error;
  }
  const found = readLink(link);
  if (found !== target) throw new Error(`${link} points to ${found} after it was switched to ${target}`);
  return true;
}

/** The text of a symbolic link, or null where there is none. */
export function readLink(link: string): string | null {
  try {
    return fs.readlinkSync(link);
  } catch {
    return null;
  }
}
