import fs from 'node:fs';
import path from 'node:path';
import type { Foreseen, Instances } from '../app/index.ts';
import { digestOf, fetchOffer } from '../deployment/index.ts';
import type { ReleaseRow } from '../journal/index.ts';
import { SlipwayError, uniqueName } from '../kernel/index.ts';
import { checkSpace, estimate, removeTree, unpack } from '../release/index.ts';
import type { Offer } from '../source/index.ts';
import type { BeamLinks } from './beam-links.ts';
import { hasCopies, type ServiceContext } from './context.ts';
import { compareWithLive, liveRelease } from './hot-decision.ts';
import { wrappingOf } from './script.ts';

const TIMEOUT_MS = 300_000;

/** Whether a deployment of the offer would be hot, and how, or why not: of what is never upgraded in place, null. */
export async function foresee(
  context: ServiceContext,
  { offer, instances, links }: { offer: Offer; instances: Instances; links: BeamLinks },
): Promise<Foreseen | null> {
  if (!hasCopies(context.configuration)) return null;
  const live = liveRelease(context);
  if (!live) return { kind: 'full', reason: 'nothing is live' };
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  const wanted = uniqueName(path.join(scratchDirectory(context), 'plan'));
  try {
    await unpackInto(wanted, context, { offer, signal });
    return await compareWithLive(context, { live, wanted, instances, links, signal });
  } finally {
    await removeTree(wanted);
  }
}

/** The same of a release that is on the disk: the way back to it. */
export async function foreseeRelease(
  context: ServiceContext,
  { release, instances, links }: { release: ReleaseRow; instances: Instances; links: BeamLinks },
): Promise<Foreseen | null> {
  if (!hasCopies(context.configuration)) return null;
  const live = liveRelease(context);
  if (!live) return { kind: 'full', reason: 'nothing is live' };
  const wanted = context.layout.releaseDirectory(release.number, release.version);
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  return await compareWithLive(context, { live, wanted, instances, links, signal });
}

/** What is left in it by a crash is swept away when the agent starts. */
export function scratchDirectory({ dataDirectory, id }: ServiceContext): string {
  return path.join(dataDirectory, 'cache', id);
}

async function unpackInto(
  into: string,
  context: ServiceContext,
  { offer, signal }: { offer: Offer; signal: AbortSignal },
): Promise<void> {
  const archive = await fetchOffer(context, { offer, signal, apart: true });
  if (archive.kind !== 'archive')
    throw new SlipwayError('archive_refused', { message: `${offer.version} is no archive` });
  try {
    fs.mkdirSync(path.dirname(into), { recursive: true });
    const { bytes, inodes } = await estimate(archive.path, archive.owners);
    await checkSpace({ directory: path.dirname(into), needBytes: bytes, needInodes: inodes });
    await unpack({
      archive: archive.path,
      owners: archive.owners,
      into,
      wrapping: wrappingOf(context.configuration, { id: context.id, version: offer.version }),
      signal,
      ...digestOf(offer, archive),
    });
  } finally {
    if (archive.temporary && offer.upload === null) fs.rmSync(archive.path, { force: true });
  }
}
