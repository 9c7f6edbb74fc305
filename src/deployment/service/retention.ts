import fs from 'node:fs';
import path from 'node:path';
import { readLink } from '../../kernel/index.ts';
import { parseReleaseName, removeTree } from '../../release/index.ts';
import { hasCopies, type ServiceContext } from '../context.ts';
import { prunableReleases, recordPruned } from '../retention.ts';

/** Removes releases that are no longer needed, and copies of instances that none of their links points to. */
export async function pruneReleases(context: ServiceContext, inUse: readonly number[]): Promise<void> {
  const { journal, key, configuration } = context;
  const linked = journal.tables
    .releases(key)
    .map((row) => row.number)
    .filter((number) => isLinked(context, number));
  const used = [...inUse, ...(hasCopies(configuration) ? [] : linked)];
  recordPruned(context, await prunableReleases(context, { inUse: used, afterNew: false }));
  await sweepReleases(context);
}

/** Removes what the journal does not know, or knows as removed: left behind by a crash between journal and disk. */
export async function sweepReleases(context: ServiceContext): Promise<void> {
  const known = new Set(
    context.journal.tables
      .releases(context.key)
      .filter((row) => row.removedAt === null && row.state !== 'failed')
      .map((row) => row.number),
  );
  for (const row of context.journal.tables.instances(context.key))
    if (row.release !== null) known.add(row.release);
  await sweepDirectory(context.layout.release, (number) => known.has(number));
  for (let instance = 1; fs.existsSync(context.layout.instance(instance).root); instance++) {
    const place = context.layout.instance(instance);
    await sweepDirectory(place.release, (number) => known.has(number) && isLinkedFrom(place, number));
  }
}

async function sweepDirectory(directory: string, isNeeded: (number: number) => boolean): Promise<void> {
  if (!fs.existsSync(directory)) return;
  for (const name of fs.readdirSync(directory)) {
    const release = parseReleaseName(name);
    if (release && !isNeeded(release.number)) await removeTree(path.join(directory, name));
  }
}

function isLinked(context: ServiceContext, number: number): boolean {
  for (let instance = 1; instance <= context.configuration.replicas; instance++)
    if (isLinkedFrom(context.layout.instance(instance), number)) return true;
  return false;
}

function isLinkedFrom(place: { current: string; previous: string; new: string }, number: number): boolean {
  return [place.current, place.previous, place.new].some(
    (link) => parseReleaseName(path.basename(readLink(link) ?? ''))?.number === number,
  );
}
