import fs from 'node:fs';
import path from 'node:path';
import { SlipwayError, switchLink } from '../kernel/index.ts';
import type { SiteLayout } from './layout.ts';

/**
 * Makes a release live: `current` points to it, by a relative link, after one rename(2). Throws `release_unknown` where
 * its directory is gone, and `path_refused` where `current` is no link; `current` is as it was then.
 */
export function switchCurrent({ root, current }: SiteLayout, directory: string): void {
  const hint = `${current} was left as it is`;
  const release = fs.lstatSync(directory, { throwIfNoEntry: false });
  if (!release?.isDirectory())
    throw new SlipwayError('release_unknown', { message: `${directory} is gone from the disk`, hint });
  const link = fs.lstatSync(current, { throwIfNoEntry: false });
  if (link && !link.isSymbolicLink())
    throw new SlipwayError('path_refused', {
      message: `${current} is no symbolic link to a release: something else has deployed there`,
      hint,
      next: `ls -ld ${current}`,
    });
  switchLink(current, path.relative(root, directory));
}
