import fs from 'node:fs';
import path from 'node:path';
import { parseReleaseName, sweep, takeAway } from '../../release/index.ts';
import type { SiteContext } from '../context.ts';
import { prunableReleases, recordPruned } from '../retention.ts';
import { liveRelease } from './live-release.ts';

/**
 * Removes releases that are no longer needed, and directories that no release is in. All have left their names before this
 * returns: a deployment may begin while the disk is freed.
 */
export async function pruneSite(
  context: SiteContext,
  { inUse, freeBytes }: { inUse: readonly number[]; freeBytes: number },
): Promise<void> {
  recordPruned(context, prunableOfSite(context, { inUse, afterNew: false, freeBytes }));
  await sweepSite(context, inUse);
}

/** `afterNew`: as it will be once one more release is live. */
export function prunableOfSite(
  context: SiteContext,
  { inUse, ...rest }: { inUse: readonly number[]; afterNew: boolean; freeBytes: number },
): { number: number; version: string }[] {
  const live = liveRelease(context.layout)?.number ?? null;
  const used = [...inUse, ...releasesWithProcesses(context), ...(live === null ? [] : [live])];
  return prunableReleases(context, { inUse: used, ...rest });
}

/** Removes what the journal does not know, or knows as removed or failed: left behind by a crash between journal and disk. */
export async function sweepSite(context: SiteContext, inUse: readonly number[] = []): Promise<void> {
  const { layout, journal, key } = context;
  if (!fs.existsSync(layout.release)) return;
  const known = new Set(
    journal.tables
      .releases(key)
      .filter((row) => row.removedAt === null && row.state !== 'failed')
      .map(({ number }) => number),
  );
  const live = liveRelease(layout)?.number;
  const used = new Set([...inUse, ...releasesWithProcesses(context)]);
  for (const name of fs.readdirSync(layout.release)) {
    const number = parseReleaseName(name)?.number;
    if (number === undefined || known.has(number) || number === live || used.has(number)) continue;
    takeAway(path.join(layout.release, name));
  }
  // It sees what was just taken away, and nothing that a deployment makes from now on.
  await sweep(layout.release);
}

/** Of any process of this host, whoever started it: a web server's as well as a shell that somebody left open. */
function releasesWithProcesses({ layout }: SiteContext): number[] {
  const prefix = `${layout.release}/`;
  const numbers = new Set<number>();
  for (const pid of fs.readdirSync('/proc')) {
    if (!/^\d+$/.test(pid)) continue;
    const directory = workingDirectory(pid);
    if (!directory?.startsWith(prefix)) continue;
    const number = parseReleaseName(directory.slice(prefix.length).split('/')[0] ?? '')?.number;
    if (number !== undefined) numbers.add(number);
  }
  return [...numbers];
}

function workingDirectory(pid: string): string | null {
  try {
    return fs.readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return null;
  }
}
