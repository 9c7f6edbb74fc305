import fs from 'node:fs';
import path from 'node:path';
import type { Configuration } from '../config/index.ts';
import { changeCopy, copyDatabase, type Tables } from '../journal/index.ts';
import { formatDuration, SlipwayError } from '../kernel/index.ts';
import { JOURNAL, type Manifest } from './manifest.ts';
import { type Reconciled, reconcile } from './reconcile.ts';

/**
 * Makes the journal of a backup agree with what is on this host. `apart`: a folder for a copy of the journal that is there.
 * `newer` says by how much that one is newer than the backup; null where it is not.
 * @throws SlipwayError `journal_future`, `disk_full`
 */
export async function reconcileCopy(
  journal: string,
  options: {
    configuration: Configuration;
    manifest: Manifest;
    apart: string;
    /** Whether a journal that only a newer version can read may be passed over. */
    force: boolean;
    now: number;
  },
): Promise<Reconciled & { newer: string | null }> {
  const { configuration, manifest, now } = options;
  return await withPresent(options, (present) => ({
    ...changeCopy(journal, (tables) => reconcile(tables, { configuration, present, now })),
    newer: present === null ? null : newerThan(manifest, present, now),
  }));
}

/** The journal that is there, in a copy: null where there is none, or it cannot be read, which is why people restore. */
async function withPresent<T>(
  { configuration, apart, force }: { configuration: Configuration; apart: string; force: boolean },
  work: (present: Tables | null) => T,
): Promise<T> {
  const file = path.join(configuration.dataDirectory, JOURNAL);
  if (!fs.existsSync(file)) return work(null);
  const copy = path.join(apart, 'present.db');
  let outcome: { result: T } | null = null;
  let failure: unknown;
  try {
    await copyDatabase(file, copy);
    changeCopy(copy, (present) => {
      try {
        outcome = { result: work(present) };
      } catch (error) {
        failure = error;
      }
    });
  } catch (error) {
    const code = error instanceof SlipwayError ? error.code : null;
    if (code !== 'journal_corrupt' && !(code === 'journal_future' && force)) throw error;
    return work(null);
  } finally {
    fs.rmSync(copy, { force: true });
  }
  if (outcome === null) throw failure;
  return (outcome as { result: T }).result;
}

function newerThan({ journal, madeAt }: Manifest, present: Tables, now: number): string | null {
  const lastAt = present.whole.lastAt();
  if (lastAt <= journal.lastAt) return null;
  return `the journal that is there was last written to ${formatDuration(Math.max(0, now - lastAt))} ago, after the backup was made (${madeAt})`;
}
