import { statfs } from 'node:fs/promises';
import path from 'node:path';
import { errnoOf, formatSize, SlipwayError } from '../kernel/index.ts';

export interface Space {
  bytes: number;
  /** Null where the file system has no fixed number of inodes (btrfs). */
  inodes: number | null;
}

/**
 * Looks whether there is room before anything is written (docs/architecture.md, rule 17). `directory` need not exist yet. Rejects
 * with `disk_full`.
 */
export async function checkSpace(need: {
  directory: string;
  needBytes: number;
  needInodes: number;
}): Promise<void> {
  const { directory, needBytes, needInodes } = need;
  const available = await availableSpace(directory);
  const hint = 'Nothing was written; what was live is as it was';
  if (available.bytes < needBytes)
    throw new SlipwayError('disk_full', {
      message: `${directory} needs ${formatSize(needBytes)} and its file system has ${formatSize(available.bytes)} free`,
      hint,
      next: `df -h ${available.at}`,
    });
  if (available.inodes !== null && available.inodes < needInodes)
    throw new SlipwayError('disk_full', {
      message: `${directory} needs ${needInodes} inodes and its file system has ${available.inodes} free`,
      hint,
      next: `df -i ${available.at}`,
    });
}

/** What the file system of a directory, or of the nearest folder above it that exists, has left (statfs(2)). */
export async function availableSpace(directory: string): Promise<Space & { at: string }> {
  try {
    const { bavail, bsize, files, ffree } = await statfs(directory);
    return { bytes: bavail * bsize, inodes: files === 0 ? null : ffree, at: directory };
  } catch (error) {
    const parent = path.dirname(directory);
    if (errnoOf(error) !== 'ENOENT' || parent === directory) throw error;
    return availableSpace(parent);
  }
}
