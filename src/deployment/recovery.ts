import fs from 'node:fs';
import path from 'node:path';
import { HASH_UNKNOWN } from '../journal/index.ts';
import { readLink } from '../kernel/index.ts';
import { parseReleaseName, type ReleaseDirectories } from '../release/index.ts';
import type { AppContext } from './context.ts';

/**
 * Makes a journal's first entry of an app. Where its folder is there already (the database was lost, or was moved away
 * because it was damaged), what runs must go on: releases are taken from the disk, and what the links of the instances
 * point to is what they run. Whether it was proven nobody knows any more; it runs, so it is the only way back there is.
 */
export function recordApp(context: AppContext): void {
  const { journal, key, id, layout, clock } = context;
  const found = releasesOnDisk(layout);
  const current = layout
    .currents()
    .map(releaseOf)
    .find((number) => number !== null && found.some((release) => release.number === number));
  journal.write(`${id}: configured`, (tables) => {
    tables.addApp(key);
    if (found.length === 0) return;
    for (const { number, version } of found) {
      const live = number === current;
      tables.addRelease({
        ...key,
        number,
        version,
        hash: null,
        commitId: null,
        state: live ? 'live' : 'retired',
        provenAt: live ? clock.now() : null,
        directory: layout.releaseDirectory(number, version),
        createdAt: clock.now(),
        sizeBytes: null,
        removedAt: null,
      });
    }
    const live = found.find(({ number }) => number === current);
    if (live)
      tables.updateApp(key, {
        ...{ live: live.number, liveSince: clock.now() },
        ...{ actedVersion: live.version, actedHash: HASH_UNKNOWN },
      });
  });
  if (found.length > 0)
    context.log({
      type: 'app.recovered',
      message: `${id}: the journal knew nothing of it; ${found.length} releases were taken over from ${layout.release}${current === undefined ? '' : `, release ${current} is live`}`,
    });
}

/** The first number that neither the journal nor a directory on the disk has. */
export function nextNumber(context: AppContext, planned: number): number {
  const taken = namesOnDisk(context.layout).map(({ number }) => number);
  return Math.max(planned, ...taken.map((number) => number + 1));
}

/** Oldest first. */
export function releasesOnDisk(layout: ReleaseDirectories): { number: number; version: string }[] {
  return namesOnDisk(layout)
    .map(({ number, label }) => ({ number, version: layout.versionOf(number, label) }))
    .sort((a, b) => a.number - b.number);
}

function namesOnDisk({ release }: ReleaseDirectories): { number: number; label: string }[] {
  try {
    return fs
      .readdirSync(release)
      .map(parseReleaseName)
      .filter((name) => name !== null);
  } catch {
    // It is not there yet, or not to be read: a deployment says so with its first step, and the other apps go on.
    return [];
  }
}

/** The release that a link leads to; null where it leads to none, or is none. */
export function releaseOf(link: string): number | null {
  return parseReleaseName(path.basename(readLink(link) ?? ''))?.number ?? null;
}
