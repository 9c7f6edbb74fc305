import fs from 'node:fs';
import path from 'node:path';
import { type Clock, systemClock } from '../../kernel/index.ts';

/* Where the files of Git LFS lie that were fetched: in the folder of the mirror that they were fetched for. */

const UNUSED_MS = 30 * 86_400_000;

export function largeFileStorage(mirror: string): string {
  return path.join(mirror, 'lfs');
}

export function largeFile(mirror: string, object: string): string {
  return path.join(largeFileStorage(mirror), 'objects', object.slice(0, 2), object.slice(2, 4), object);
}

/** Marks a file as used; false where there is none. */
export function markUsed(file: string): boolean {
  try {
    const now = new Date(systemClock.now());
    fs.utimesSync(file, now, now);
    return true;
  } catch {
    return false;
  }
}

/** Takes away what no deployment has used for a month; one that needs it again fetches it again. */
export function forgetLargeFiles(mirror: string, clock: Clock): void {
  const folder = path.join(largeFileStorage(mirror), 'objects');
  if (!fs.existsSync(folder)) return;
  const before = clock.now() - UNUSED_MS;
  for (const entry of fs.readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const file = path.join(entry.parentPath, entry.name);
    if (entry.isFile() && fs.statSync(file).mtimeMs < before) fs.rmSync(file);
  }
}
