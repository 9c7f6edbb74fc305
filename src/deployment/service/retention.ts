import fs from 'node:fs';
import path from 'node:path';
import type { ReleaseRow } from '../../journal/index.ts';
import { parseReleaseName } from '../../release/index.ts';
import { hasCopies, type ServiceContext } from '../context.ts';
import { prunableReleases, recordPruned } from '../retention.ts';
import { homeOf, isLinkedFrom, removeCopy, sweepMarks } from './copies.ts';

/** Id of the run that an instance has. */
type LivingRun = (unit: string) => string | null;

/** Removes releases that are no longer needed, and copies of instances that none of their links points to. */
export async function pruneReleases(
  context: ServiceContext,
  { inUse, livingRun }: { inUse: readonly number[]; livingRun: LivingRun },
): Promise<void> {
  const { journal, key, configuration } = context;
  const linked = journal.tables
    .releases(key)
    .filter((row) => isLinked(context, row))
    .map((row) => row.number);
  const used = [...inUse, ...(hasCopies(configuration) ? [] : linked)];
  recordPruned(context, await prunableReleases(context, { inUse: used, afterNew: false }));
  await sweepReleases(context, livingRun);
}

/** Removes what the journal does not know, or knows as removed: left behind by a crash between journal and disk. */
export async function sweepReleases(context: ServiceContext, livingRun: LivingRun): Promise<void> {
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
    const living = livingRun(String(instance));
    await sweepDirectory(place.release, (number, copy) => {
      const home = homeOf(copy);
      // The home of a VM stays as long as it lives, whatever became of its release.
      if (home !== null) return home === living;
      return known.has(number) && isLinkedFrom(place, copy);
    });
    sweepMarks(place);
  }
}

async function sweepDirectory(
  directory: string,
  isNeeded: (number: number, tree: string) => boolean,
): Promise<void> {
  if (!fs.existsSync(directory)) return;
  for (const name of fs.readdirSync(directory)) {
    const tree = path.join(directory, name);
    const release = parseReleaseName(name);
    if (release && !isNeeded(release.number, tree)) await removeCopy(tree);
  }
}

function isLinked(context: ServiceContext, { number, version }: ReleaseRow): boolean {
  const tree = context.layout.releaseDirectory(number, version);
  for (let instance = 1; instance <= context.configuration.replicas; instance++)
    if (isLinkedFrom(context.layout.instance(instance), tree)) return true;
  return false;
}
