import fs from 'node:fs';
import path from 'node:path';
import { formatSize, nameOf, pathOf, SlipwayError, uniqueName } from '../kernel/index.ts';
import type { Owner } from './permission-rule.ts';

const { O_WRONLY, O_CREAT, O_EXCL, COPYFILE_FICLONE } = fs.constants;
const EVERYBODY_READS = 0o444;

/**
 * Copies a file to a temporary name in `aside`, with an owner and a mode; blocks are shared where the file system can.
 * The path of the copy, or null where it may not be copied: it has other names (hard links), may so be somebody else's,
 * and not everybody may read it. Whoever made a link to what everybody may read could have copied it, too.
 */
export function makeOwnCopy(file: {
  /** Open, as is `aside`, a directory. */
  fd: number;
  stat: fs.Stats;
  aside: number;
  owner: Owner | null;
  mode: number;
}): string | null {
  const { fd, stat, aside, owner, mode } = file;
  if (!stat.isFile() || (stat.nlink > 1 && (stat.mode & EVERYBODY_READS) !== EVERYBODY_READS)) return null;
  refuseFullDisk(aside, stat.size);
  const temporary = pathOf(aside, uniqueName('copy'));
  const copy = fs.openSync(temporary, O_WRONLY | O_CREAT | O_EXCL, 0o600);
  try {
    fs.copyFileSync(pathOf(fd), pathOf(copy), COPYFILE_FICLONE);
    fs.futimesSync(copy, stat.atimeMs / 1000, stat.mtimeMs / 1000);
    fs.fchownSync(copy, owner?.uid ?? stat.uid, owner?.gid ?? stat.gid);
    fs.fchmodSync(copy, mode);
    return temporary;
  } catch (error) {
    fs.rmSync(temporary, { force: true });
    throw error;
  } finally {
    fs.closeSync(copy);
  }
}

/** Root may fill what the file system keeps for it; a release may not. */
function refuseFullDisk(aside: number, sizeBytes: number): void {
  const { bavail, bsize } = fs.statfsSync(pathOf(aside));
  if (bavail * bsize >= sizeBytes) return;
  throw new SlipwayError('disk_full', {
    message: `a copy of ${formatSize(sizeBytes)} is needed, and ${formatSize(bavail * bsize)} are free`,
    hint: 'what was live is as it was',
    next: `df -h ${path.dirname(nameOf(aside))}`,
  });
}
