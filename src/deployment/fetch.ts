import fs from 'node:fs';
import path from 'node:path';
import { SlipwayError } from '../kernel/index.ts';
import type { Fetched, Offer } from '../source/index.ts';
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
  if (stat) return { kind: 'archive', path: file, sizeBytes: stat.size, temporary: true, owners: [] };
  throw new SlipwayError('archive_missing', {
    message: `the archive that was sent is gone: ${file}`,
    next: 'slipway deploy <app> --archive <file>',
  });
}
