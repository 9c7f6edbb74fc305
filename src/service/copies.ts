import fs from 'node:fs';
import path from 'node:path';
import type { UnitRuns } from '../app/index.ts';
import type { ReleaseRow } from '../journal/index.ts';
import { errnoOf, readLink, removeFileDurable, writeFileDurable } from '../kernel/index.ts';
import { type InstanceLayout, takeAway } from '../release/index.ts';
import { hasCopies, type ServiceContext } from './context.ts';

/*
 * The copies of releases that the instances of a service run in. An upgrade in place changes the copy
 * that a VM runs in. Such a copy is marked, before it is changed, with the run that changes it: while that run lives the
 * copy is its home and is kept; it is never booted again.
 */

const MARK_PREFIX = 'changed.';

/** Where an instance runs a release: an unchanged copy, or the pristine tree. `livingRuns`: the ids of its runs. */
export function runDirectory(
  context: ServiceContext,
  release: ReleaseRow,
  { unit, livingRuns }: UnitRuns,
): string {
  if (!hasCopies(context.configuration))
    return context.layout.releaseDirectory(release.number, release.version);
  const place = context.layout.instance(Number(unit));
  const usual = place.releaseDirectory(release.number, release.version);
  // It is used where the usual place is the home of a VM that an upgrade in place has brought back to the release that
  // it began with.
  const other = `${usual}~2`;
  const clean = [usual, other].find((copy) => fs.existsSync(copy) && homeOf(copy) === null);
  return clean ?? (livingRuns.includes(homeOf(usual) ?? '') ? other : usual);
}

/** Marks a copy before anything in it is changed. Durable when this returns. */
export function markChanged(copy: string, run: string): void {
  writeFileDurable(markOf(copy), `${run}\n`);
}

/** The run that changed the copy; null where it is as it was unpacked. */
export function homeOf(copy: string): string | null {
  try {
    return fs.readFileSync(markOf(copy), 'utf8').trim();
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return null;
    throw error;
  }
}

/**
 * The mark goes last: what is left of a changed copy by a crash in between is not taken for a clean one. What it returns frees
 * the disk.
 */
export function takeAwayCopy(copy: string): () => Promise<void> {
  const free = takeAway(copy);
  removeFileDurable(markOf(copy));
  return free;
}

/** Marks of copies that are gone. */
export function sweepMarks(place: InstanceLayout): void {
  for (const name of fs.existsSync(place.release) ? fs.readdirSync(place.release) : []) {
    const copy = path.join(place.release, name.slice(MARK_PREFIX.length));
    if (name.startsWith(MARK_PREFIX) && !fs.existsSync(copy)) removeFileDurable(markOf(copy));
  }
}

/** Whether one of the links of an instance points to the copy. */
export function isLinkedFrom(place: InstanceLayout, copy: string): boolean {
  return [place.current, place.previous, place.new].some(
    (link) => path.basename(readLink(link) ?? '') === path.basename(copy),
  );
}

function markOf(copy: string): string {
  return path.join(path.dirname(copy), MARK_PREFIX + path.basename(copy));
}
