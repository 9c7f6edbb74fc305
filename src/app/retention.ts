import { type AppContext, isOnDisk } from '../deployment/index.ts';
import { availableSpace, prunable } from '../release/index.ts';

/** Bytes that are free where the releases are; 0 where retention does not ask for it. */
export async function freeBytesOf({ configuration, layout }: AppContext): Promise<number> {
  return configuration.minFreeBytes === null ? 0 : (await availableSpace(layout.root)).bytes;
}

/** Releases that retention would remove now; `afterNew`: once one more is live and proven. */
export function prunableReleases(
  context: AppContext,
  { inUse, afterNew, freeBytes }: { inUse: readonly number[]; afterNew: boolean; freeBytes: number },
): { number: number; version: string }[] {
  const { journal, key, configuration, clock } = context;
  const live = journal.tables.app(key)?.live ?? null;
  const rows = journal.tables.releases(key).filter((row) => row.removedAt === null);
  const releases = rows.map((row) => ({
    number: row.number,
    state: row.state,
    // One whose directory a person deleted is no way back, and takes the place of none.
    proven: row.provenAt !== null && isOnDisk(context, row),
    live: row.number === live && !afterNew,
    createdAt: row.createdAt,
    sizeBytes: row.sizeBytes ?? 0,
  }));
  const next = {
    number: journal.tables.app(key)?.nextNumber ?? 1,
    state: 'live' as const,
    proven: true,
    live: true,
    createdAt: clock.now(),
    sizeBytes: 0,
  };
  const numbers = prunable(afterNew ? [...releases, next] : releases, {
    keep: configuration.keep,
    // What was live last is in use until its processes are gone.
    inUse: new Set(inUse),
    maxAgeMs: configuration.maxAgeMs,
    now: clock.now(),
    minFreeBytes: configuration.minFreeBytes,
    freeBytes,
  });
  return rows
    .filter(({ number }) => numbers.includes(number))
    .map(({ number, version }) => ({ number, version }));
}

/** Journalled before anything is removed: what a crash leaves is swept by the next agent. */
export function recordPruned(context: AppContext, pruned: readonly { number: number }[]): void {
  const { journal, key, id, clock, log } = context;
  for (const { number } of pruned)
    journal.decide(`${id}: release ${number} pruned`, (tables) =>
      tables.updateRelease(key, number, { removedAt: clock.now() }),
    );
  if (pruned.length > 0)
    log({
      type: 'retention',
      message: `${id}: removed release ${pruned.map(({ number }) => number).join(', ')}`,
    });
}
