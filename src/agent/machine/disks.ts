import fs from 'node:fs';
import path from 'node:path';
import type { Machine } from '../../api/index.ts';

/** A folder, and what it is for. */
export interface Place {
  path: string;
  for: string;
}

/** More file systems than anybody looks at. */
const MOST = 32;

/** The file systems that these folders are on, each once, under the name of its first. One that does not answer is left out. */
export async function disksOf(places: readonly Place[]): Promise<Machine['disks']> {
  const byDevice = new Map<number, Machine['disks'][number]>();
  for (const place of places.slice(0, 1000)) {
    if (byDevice.size >= MOST) break;
    const existing = nearestExisting(place.path);
    try {
      const { dev } = await fs.promises.stat(existing);
      const known = byDevice.get(dev);
      if (known) {
        if (!known.for.split(', ').includes(place.for)) known.for += `, ${place.for}`;
        continue;
      }
      const { blocks, bavail, bsize, files, ffree } = await fs.promises.statfs(existing);
      byDevice.set(dev, {
        ...place,
        total_bytes: blocks * bsize,
        free_bytes: bavail * bsize,
        inodes: files === 0 ? null : files,
        inodes_free: files === 0 ? null : ffree,
      });
    } catch {
      // it has gone meanwhile, or nobody may look
    }
  }
  return [...byDevice.values()];
}

function nearestExisting(folder: string): string {
  return fs.existsSync(folder) || folder === '/' ? folder : nearestExisting(path.dirname(folder));
}
