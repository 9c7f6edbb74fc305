import fs from 'node:fs';
import path from 'node:path';
import { SlipwayError } from '../kernel/index.ts';
import type { Fetched, FetchedArchive, Offer } from '../source/index.ts';
import type { AppContext } from './context.ts';

/** What is to be deployed, on this host: from the source, or as a person sent it. */
export async function fetchOffer(
  context: AppContext,
  options: { offer: Offer; signal: AbortSignal; say?: (line: string) => void },
): Promise<Fetched> {
  const { offer, signal, say } = options;
  if (offer.upload !== null) return uploaded(offer.upload);
  const cacheDirectory = path.join(context.dataDirectory, 'cache', context.id);
  return await context.source.fetch({ version: offer.version, cacheDirectory, signal, ...(say && { say }) });
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
  // What a signed current.json names was signed with it.
  const sha256 = offer.sha256 ?? archive.sha256;
  return sha256 === null ? {} : { sha256 };
}
