import fs from 'node:fs';
import path from 'node:path';
import { isOnDisk } from '../deployment/index.ts';
import type { ReleaseRow } from '../journal/index.ts';
import { readLink } from '../kernel/index.ts';
import type { SiteContext } from './context.ts';
import { liveRelease } from './live-release.ts';

/** What visitors get is not what the journal knows as live: somebody else has been at it. */
export interface Stray {
  reason: string;
  /** The command that mends it. */
  next: string;
}

/** What `current` leads to where that is not the live release; null where it is. It is left as it is. */
export function strayLink(context: SiteContext, live: ReleaseRow): Stray | null {
  const { current } = context.layout;
  const served = liveRelease(context.layout)?.number ?? null;
  if (served === live.number) return null;
  const isThere = isOnDisk(context, live);
  const mend = isThere
    ? `slipway rollback ${context.id} --to ${live.number}`
    : `slipway deploy ${context.id}`;
  const byJournal = `release ${live.number} is live by the journal${isThere ? '' : ', and its directory is gone'}`;
  const stat = fs.lstatSync(current, { throwIfNoEntry: false });
  if (stat && !stat.isSymbolicLink()) {
    const what = stat.isDirectory() ? 'a directory' : 'a file';
    const aside = `${current}.by-hand`;
    return {
      reason: `${current} is ${what} and no link to a release; ${byJournal}`,
      next: `mv ${current} ${aside} && ${mend}`,
    };
  }
  if (served === null) {
    const target = stat ? readLink(current) : null;
    const leads =
      target === null
        ? 'is not there'
        : `leads to ${path.resolve(path.dirname(current), target)}, which is ${fs.existsSync(current) ? 'no release of this site' : 'not there'}`;
    return { reason: `${current} ${leads}; ${byJournal}`, next: mend };
  }
  return {
    reason: `${current} leads to release ${served}, and not by a deployment; ${byJournal}`,
    next: `${mend}   (or, to stay with what is served: slipway rollback ${context.id} --to ${served})`,
  };
}
