import fs from 'node:fs';
import path from 'node:path';
import { prunableReleases, recordPruned } from '../app/index.ts';
import { parseReleaseName, sweep, takeAway } from '../release/index.ts';
import { userOf } from '../supervisor/index.ts';
import type { SiteContext } from './context.ts';
import { liveRelease } from './live-release.ts';

/**
 * Removes releases that are no longer needed, and directories that no release is in. All have left their names before this
 * returns: a deployment may begin while the disk is freed.
 */
export async function pruneSite(
  context: SiteContext,
  { inUse, freeBytes, users }: { inUse: readonly number[]; freeBytes: number; users: readonly number[] },
): Promise<void> {
  recordPruned(context, prunableOfSite(context, { inUse, afterNew: false, freeBytes, users }));
  await sweepSite(context, { inUse, users });
}

/** `afterNew`: as it will be once one more release is live. */
export function prunableOfSite(
  context: SiteContext,
  {
    inUse,
    users,
    ...rest
  }: { inUse: readonly number[]; users: readonly number[]; afterNew: boolean; freeBytes: number },
): { number: number; version: string }[] {
  const live = liveRelease(context.layout)?.number ?? null;
  const used = [...inUse, ...releasesWithProcesses(context, users), ...(live === null ? [] : [live])];
  return prunableReleases(context, { inUse: used, ...rest });
}

/** Removes what the journal does not know, or knows as removed or failed: left behind by a crash between journal and disk. */
export async function sweepSite(
  context: SiteContext,
  { inUse, users }: { inUse: readonly number[]; users: readonly number[] },
): Promise<void> {
  const { layout, journal, key } = context;
  if (!fs.existsSync(layout.release)) return;
  const known = new Set(
    journal.tables
      .releases(key)
      .filter((row) => row.removedAt === null && row.state !== 'failed')
      .map(({ number }) => number),
  );
  const live = liveRelease(layout)?.number;
  const used = new Set([...inUse, ...releasesWithProcesses(context, users)]);
  for (const name of fs.readdirSync(layout.release)) {
    const number = parseReleaseName(name)?.number;
    if (number === undefined || known.has(number) || number === live || used.has(number)) continue;
    takeAway(path.join(layout.release, name));
  }
  // It sees what was just taken away, and nothing that a deployment makes from now on.
  await sweep(layout.release);
}

/**
 * The releases that a process works in, whoever has started it: a web server's as well as a shell that somebody left open.
 * It is root's, the agent's, one of `users` or the owner of the release: what others do is none of the site's business, and
 * keeps nothing. Nor does a process that sees another folder at that path, as in a container.
 */
function releasesWithProcesses({ layout }: SiteContext, users: readonly number[]): number[] {
  const prefix = `${layout.release}/`;
  const numbers = new Set<number>();
  for (const pid of fs.readdirSync('/proc')) {
    if (!/^\d+$/.test(pid)) continue;
    const directory = workingDirectory(pid);
    if (!directory?.startsWith(prefix)) continue;
    const name = directory.slice(prefix.length).split('/')[0] ?? '';
    const number = parseReleaseName(name)?.number;
    if (number !== undefined && mayKeep(pid, prefix + name, users)) numbers.add(number);
  }
  return [...numbers];
}

function mayKeep(pid: string, release: string, users: readonly number[]): boolean {
  try {
    // It is not the owner of /proc/<pid>, which is root where anybody runs a setuid program.
    const uid = userOf(Number(pid));
    const ours = fs.statSync(release);
    const theirs = fs.statSync(`/proc/${pid}/root${release}`);
    const known = [0, process.getuid?.(), ours.uid, ...users];
    return uid !== null && known.includes(uid) && theirs.ino === ours.ino && theirs.dev === ours.dev;
  } catch {
    // The process has ended, or the release has gone.
    return false;
  }
}

function workingDirectory(pid: string): string | null {
  try {
    return fs.readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return null;
  }
}
