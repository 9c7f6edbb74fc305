import fs from 'node:fs';
import path from 'node:path';
import type { LiveRelease } from '../app/index.ts';
import { parseReleaseName, type SiteLayout } from '../release/index.ts';

/** The release that `current` leads to, by its true path, which a switch does not change; null where there is none. */
export function liveRelease(layout: Pick<SiteLayout, 'current' | 'release'>): LiveRelease | null {
  try {
    const directory = fs.realpathSync(layout.current);
    const name = parseReleaseName(path.basename(directory));
    if (!name || path.dirname(directory) !== fs.realpathSync(layout.release)) return null;
    return { number: name.number, directory };
  } catch {
    return null;
  }
}
