import fs from 'node:fs';
import type { ReleaseRow } from '../journal/index.ts';
import { SlipwayError } from '../kernel/index.ts';
import { archiveOffer, type Offer } from '../source/index.ts';
import type { AppContext } from './context.ts';

/** The release to go back to: only a proven one that is still on the disk. */
export function wayBack(context: AppContext, to: number | null): ReleaseRow {
  const { journal, key, id } = context;
  const releases = journal.tables.releases(key);
  const live = journal.tables.app(key)?.live ?? null;
  const candidates = releases.filter(
    (row) => row.provenAt !== null && isOnDisk(context, row) && row.number !== live,
  );
  if (to === null) {
    const before = candidates.find((row) => live === null || row.number < live);
    if (before) return before;
    throw new SlipwayError('release_unproven', {
      message: `${id} has no proven release before the live one`,
      hint: 'nothing was changed',
      next: `slipway releases ${id}`,
    });
  }
  const wanted = releases.find((row) => row.number === to && isOnDisk(context, row));
  if (!wanted)
    throw new SlipwayError('release_unknown', {
      message: `${id} has no release ${to} on the disk`,
      hint: 'nothing was changed',
      next: `slipway releases ${id}`,
    });
  // Somebody else may have made `current` lead elsewhere: this leads it back.
  if (to === live && isLedTo(context, wanted))
    throw new SlipwayError('release_live', {
      message: `release ${to} of ${id} is live already`,
      hint: 'nothing was changed',
      next: `slipway releases ${id}`,
    });
  if (to === live || candidates.includes(wanted)) return wanted;
  throw new SlipwayError('release_unproven', {
    message: `release ${to} (${wanted.version}) of ${id} was never proven`,
    hint: 'only a proven release is a way back; nothing was changed',
    next: `slipway deploy ${id} --version ${wanted.version}`,
  });
}

/** Whether the links that say what is live lead to it, or there are none. */
function isLedTo({ configuration, layout }: AppContext, { number, version }: ReleaseRow): boolean {
  if (configuration.kind === 'service') return true;
  try {
    const directory = fs.realpathSync(layout.releaseDirectory(number, version));
    return layout.currents().every((current) => fs.realpathSync(current) === directory);
  } catch {
    return false;
  }
}

/**
 * The release that a deployment of `number` goes back to: what is live where it is proven, else the last proven one.
 */
export function provenBefore(context: AppContext, number: number): number | null {
  const { journal, key } = context;
  const live = journal.tables.app(key)?.live ?? null;
  const proven = journal.tables
    .releases(key)
    .filter((row) => row.provenAt !== null && isOnDisk(context, row) && row.number !== number);
  return (
    (
      proven.find((row) => row.number === live) ??
      proven.find((row) => live === null || row.number < live) ??
      proven[0]
    )?.number ?? null
  );
}

/** What a release was made of, as far as the journal knows. */
export function offerOf({ journal, key }: AppContext, release: ReleaseRow): Offer {
  const maker = journal.tables
    .deployments(key)
    .find((row) => row.kind === 'site' && row.release === release.number);
  const ref = maker?.offer.ref ?? null;
  return { ...archiveOffer(release.version), hash: release.hash, commit: release.commitId, ref };
}

/** Whether its directory is there: a person may have deleted it. */
export function isOnDisk({ layout }: AppContext, { number, version, removedAt }: ReleaseRow): boolean {
  return removedAt === null && fs.existsSync(layout.releaseDirectory(number, version));
}
