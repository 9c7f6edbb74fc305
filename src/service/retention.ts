import fs from 'node:fs';
import path from 'node:path';
import { prunableReleases, recordPruned } from '../app/index.ts';
import type { ReleaseRow } from '../journal/index.ts';
import { parseReleaseName, sweep } from '../release/index.ts';
import { hasCopies, type ServiceContext } from './context.ts';
import { homeOf, isLinkedFrom, sweepMarks, takeAwayCopy } from './copies.ts';
import { isBeingMade } from './launch.ts';

interface Retained {
  /** Numbers of the releases that are in use. */
  inUse: readonly number[];
  /** Ids of the runs that an instance has. */
  livingRuns: (unit: string) => readonly string[];
  /** Whether a shell was started in the directory. */
  hasConsole: (directory: string) => boolean;
}

/**
 * Removes releases that are no longer needed, and copies of instances that none of their links points to. All have left
 * their names before this returns: a deployment may begin while the disk is freed.
 */
export async function pruneReleases(
  context: ServiceContext,
  { freeBytes, ...retained }: Retained & { freeBytes: number },
): Promise<void> {
  const { inUse } = retained;
  const { journal, key, configuration } = context;
  const linked = journal.tables
    .releases(key)
    .filter((row) => isLinked(context, row))
    .map((row) => row.number);
  const used = [...inUse, ...(hasCopies(configuration) ? [] : linked)];
  recordPruned(context, prunableReleases(context, { inUse: used, afterNew: false, freeBytes }));
  await sweepReleases(context, retained);
}

/** Removes what the journal does not know, or knows as removed: left behind by a crash between journal and disk. */
async function sweepReleases(
  context: ServiceContext,
  { inUse, livingRuns, hasConsole }: Retained,
): Promise<void> {
  const known = new Set(
    context.journal.tables
      .releases(context.key)
      .filter((row) => row.removedAt === null && row.state !== 'failed')
      .map((row) => row.number),
  );
  for (const row of context.journal.tables.instances(context.key))
    if (row.release !== null) known.add(row.release);
  // One that failed may be in use until its processes are gone.
  for (const number of inUse) known.add(number);
  takeAwayUnless(context.layout.release, (number) => known.has(number));
  const places = [];
  for (let instance = 1; fs.existsSync(context.layout.instance(instance).root); instance++) {
    const place = context.layout.instance(instance);
    const living = livingRuns(String(instance));
    takeAwayUnless(place.release, (number, copy) => {
      // One that is being made is linked in a moment.
      if (hasConsole(copy) || isBeingMade(copy)) return true;
      const home = homeOf(copy);
      // The home of a VM stays as long as it lives, whatever became of its release.
      if (home !== null) return living.includes(home);
      return known.has(number) && isLinkedFrom(place, copy);
    });
    sweepMarks(place);
    places.push(place.release);
  }
  // All of them look in this turn: they see what was just taken away, and nothing that a deployment makes from now on.
  await Promise.all(
    [context.layout.release, ...places].map((directory) =>
      sweep(directory, (name) => !isBeingMade(path.join(directory, name))),
    ),
  );
}

function takeAwayUnless(directory: string, isNeeded: (number: number, tree: string) => boolean): void {
  if (!fs.existsSync(directory)) return;
  for (const name of fs.readdirSync(directory)) {
    const tree = path.join(directory, name);
    const release = parseReleaseName(name);
    if (release && !isNeeded(release.number, tree)) takeAwayCopy(tree);
  }
}

function isLinked(context: ServiceContext, { number, version }: ReleaseRow): boolean {
  const tree = context.layout.releaseDirectory(number, version);
  for (let instance = 1; instance <= context.configuration.replicas; instance++)
    if (isLinkedFrom(context.layout.instance(instance), tree)) return true;
  return false;
}
