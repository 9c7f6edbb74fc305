import fs from 'node:fs';
import path from 'node:path';
import { readLink } from '../kernel/index.ts';
import { parseReleaseName } from '../release/index.ts';
import type { ServiceContext } from './context.ts';

/**
 * Makes a journal's first entry of an app. Where its folder is there already (the database was lost, or was moved away
 * because it was damaged), what runs must go on: releases are taken from the disk, and what the links of the instances
 * point to is what they run. Whether it was proven nobody knows any more; it runs, so it is the only way back there is.
 */
export function recordApp(context: ServiceContext): void {
  const { journal, key, id, layout, clock, configuration } = context;
  const found = releasesOnDisk(layout.release);
  const current = [1, ...Array.from({ length: configuration.replicas }, (_, index) => index + 1)]
    .map((instance) => releaseOf(layout.instance(instance).current))
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
    tables.updateApp(key, { live: current ?? null, liveSince: current === undefined ? null : clock.now() });
  });
  if (found.length > 0)
    context.log({
      type: 'app.recovered',
      message: `${id}: the journal knew nothing of it; ${found.length} releases were taken over from ${layout.release}${current === undefined ? '' : `, release ${current} is live`}`,
    });
}

/** The first number that neither the journal nor a directory on the disk has. */
export function nextNumber(context: ServiceContext, planned: number): number {
  const taken = releasesOnDisk(context.layout.release).map((release) => release.number);
  return Math.max(planned, ...taken.map((number) => number + 1));
}

function releasesOnDisk(directory: string): { number: number; version: string }[] {
  if (!fs.existsSync(directory)) return [];
  return fs
    .readdirSync(directory)
    .map(parseReleaseName)
    .filter((name) => name !== null)
    .map(({ number, label }) => ({ number, version: label }))
    .sort((a, b) => a.number - b.number);
}

function releaseOf(link: string): number | null {
  return parseReleaseName(path.basename(readLink(link) ?? ''))?.number ?? null;
}
