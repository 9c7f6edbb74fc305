import fs from 'node:fs';
import path from 'node:path';
import { formatSize, SlipwayError } from '../kernel/index.ts';
import { checkSpace, defaultLimits } from '../release/index.ts';
import type { Fetched, FetchedArchive, Offer } from '../source/index.ts';
import type { AppContext } from './context.ts';

/** What is to be deployed, on this host: from the source, or as a person sent it. */
export async function fetchOffer(
  context: AppContext,
  options: { offer: Offer; signal: AbortSignal; say?: (line: string) => void; apart?: boolean },
): Promise<Fetched> {
  const { offer, signal, say, apart = false } = options;
  if (offer.upload !== null) return uploaded(offer.upload);
  const cache = path.join(context.dataDirectory, 'cache', context.id);
  // Who only looks takes nothing away that a deployment is about to use.
  const cacheDirectory = apart ? path.join(cache, 'apart') : cache;
  const makeRoom = (sizeBytes: number) => checkDownload(cacheDirectory, sizeBytes);
  return await context.source.fetch({
    version: offer.version,
    cacheDirectory,
    makeRoom,
    signal,
    ...(say && { say }),
  });
}

/** Before it is downloaded: docs/architecture.md, rules 11 and 17. */
async function checkDownload(directory: string, sizeBytes: number): Promise<void> {
  const most = defaultLimits.sizeBytes;
  if (sizeBytes > most)
    throw new SlipwayError('archive_refused', {
      message: `the archive has ${formatSize(sizeBytes)}, more than the limit of ${formatSize(most)}`,
      hint: 'it was not downloaded; what was live is as it was',
    });
  await checkSpace({ directory, needBytes: sizeBytes, needInodes: 2 });
}

function uploaded(file: string): Fetched {
  const stat = fs.statSync(file, { throwIfNoEntry: false });
  if (stat)
    return { kind: 'archive', path: file, sizeBytes: stat.size, temporary: true, owners: [], sha256: null };
  throw new SlipwayError('archive_missing', {
    message: `the archive that was sent is gone: ${file}`,
    next: 'slipway deploy <app> --archive <file>',
  });
}

/** What an archive that is unpacked must have as its digest: of what was offered, or of what its signature was checked over. */
export function digestOf(offer: Offer, archive: FetchedArchive): { sha256?: string } {
  // What is signed goes first: what was offered may have been offered before keys were in force.
  if (archive.sha256 !== null && offer.sha256 !== null && archive.sha256 !== offer.sha256)
    throw new SlipwayError('digest_mismatch', {
      message: `${path.basename(archive.path)} is signed, and is not what was offered: its SHA-256 is ${archive.sha256}, and not ${offer.sha256}`,
      hint: 'it was not unpacked; what is live stays live',
    });
  const sha256 = archive.sha256 ?? offer.sha256;
  return sha256 === null ? {} : { sha256 };
}
