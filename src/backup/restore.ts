import fs from 'node:fs';
import path from 'node:path';
import type { Configuration } from '../config/index.ts';
import { changeCopy, copyDatabase, lockDataDirectory, type Tables } from '../journal/index.ts';
import {
  type Clock,
  closing,
  formatDuration,
  refuseOthers,
  SlipwayError,
  syncDirectory,
} from '../kernel/index.ts';
import { type CheckedArchive, checkedArchive } from './checked-archive.ts';
import { type Exchange, finishRestore, intend, isIntended } from './intention.ts';
import { JOURNAL, type Manifest } from './manifest.ts';
import { OwnerNames } from './owner-names.ts';
import { reconcile } from './reconcile.ts';
import { makeStage, removeStage } from './stage.ts';
import { exchangeOf, stageFile } from './staged-file.ts';

export interface Restored {
  manifest: Manifest;
  dataDirectory: string;
  /** Files that are other than before; where there was one, the former one is at `aside`. */
  changed: { path: string; aside: string | null }[];
  /** What is in the backup and was not put back, with the reason. */
  left: { path: string; why: string }[];
  /** Apps of which no release is on this host any more. */
  withoutRelease: string[];
}

export interface RestoreOptions {
  /** Whether a journal that was written to after the backup was made may be replaced. */
  force: boolean;
  /** Where its configuration goes; null: to where it was. */
  configFile: string | null;
  /** The configuration of this host, for a backup that has none. */
  fallback: Configuration | null;
  clock: Clock;
  /** Called between what a crash could come between. */
  onStep?: ((step: string) => void) | undefined;
}

/**
 * Puts a backup back, while no agent runs. All of it is checked before anything is touched, what was there is kept aside, and
 * whatever ends this leaves the former state or the new one (`intention.ts`).
 * @throws SlipwayError `backup_refused`, `config_invalid`, `agent_running`, `journal_future`, `permission`, `disk_full`
 */
export async function restoreBackup(archive: string, options: RestoreOptions): Promise<Restored> {
  const { configFile, fallback, onStep = () => undefined } = options;
  if (process.geteuid?.() === 0) refuseOthers(archive);
  const apart = makeStage(path.dirname(path.resolve(archive)), 'unpacked');
  try {
    const into = path.join(apart, 'backup');
    const checked = await checkedArchive(archive, { into, configFile, fallback });
    const lock = lockDataDirectory(checked.configuration.dataDirectory);
    try {
      // One that was begun before is over first: what is there is then what it made.
      finishRestore(checked.configuration.dataDirectory);
      onStep('checked');
      return await putBack(checked, { ...options, onStep });
    } finally {
      lock.release();
    }
  } finally {
    removeStage(apart);
  }
}

async function putBack(
  { folder, manifest, files, configuration }: CheckedArchive,
  options: RestoreOptions & { onStep: (step: string) => void },
): Promise<Restored> {
  const { force, clock, onStep } = options;
  const { dataDirectory } = configuration;
  const stage = makeStage(dataDirectory, 'restore');
  const exchanges: Exchange[] = [];
  try {
    const now = clock.now();
    const journal = path.join(stage, JOURNAL);
    fs.copyFileSync(path.join(folder, JOURNAL), journal);
    fs.chmodSync(journal, 0o600);
    const { withoutRelease } = await withPresent(dataDirectory, { stage, force }, (present) => {
      if (present !== null && !force) refuseNewer(present, manifest, now);
      return changeCopy(journal, (tables) => reconcile(tables, { configuration, present, now }));
    });
    syncFile(journal);
    onStep('reconciled');
    const stamp = new Date(now).toISOString().replace(/[-:]|\.\d+/g, '');
    const names = new OwnerNames();
    const left: Restored['left'] = [];
    for (const file of files) {
      const staged = stageFile(file, { folder, names, stamp });
      if (staged === 'the same') continue;
      if ('left' in staged) left.push({ path: file.path, why: staged.left });
      else exchanges.push(staged.exchange);
      onStep(`staged ${file.role}`);
    }
    for (const log of [`${JOURNAL}-wal`, `${JOURNAL}-shm`])
      exchanges.push(exchangeOf(path.join(dataDirectory, log), null, stamp));
    exchanges.push(exchangeOf(path.join(dataDirectory, JOURNAL), journal, stamp));
    syncDirectory(stage);
    const before = new Set(exchanges.filter(({ target }) => fs.existsSync(target)));
    onStep('staged');
    intend(dataDirectory, { exchanges });
    onStep('intended');
    finishRestore(dataDirectory, onStep);
    removeStage(stage);
    const changed = exchanges
      .filter(({ staged }) => staged !== null)
      .map((each) => ({ path: each.target, aside: before.has(each) ? each.aside : null }));
    return { manifest, dataDirectory, changed, left, withoutRelease };
  } catch (error) {
    // Once it is intended, the next one to come goes on with what is staged.
    if (!isIntended(dataDirectory)) {
      for (const { staged } of exchanges) if (staged !== null) fs.rmSync(staged, { force: true });
      removeStage(stage);
    }
    throw error;
  }
}

/** The journal that is there, in a copy: null where there is none, or it cannot be read, which is why people restore. */
async function withPresent<T>(
  dataDirectory: string,
  { stage, force }: { stage: string; force: boolean },
  work: (present: Tables | null) => T,
): Promise<T> {
  const file = path.join(dataDirectory, JOURNAL);
  if (!fs.existsSync(file)) return work(null);
  const copy = path.join(stage, 'present.db');
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

function refuseNewer(present: Tables, { journal, madeAt }: Manifest, now: number): void {
  const lastAt = present.whole.lastAt();
  if (lastAt <= journal.lastAt) return;
  throw new SlipwayError('backup_refused', {
    message: `the journal that is there was last written to ${formatDuration(Math.max(0, now - lastAt))} ago, after the backup was made (${madeAt})`,
    hint: 'what happened since would be forgotten; what runs goes on either way. Nothing was changed',
    next: 'slipway restore FILE --force   (the present journal is kept beside it)',
  });
}

function syncFile(file: string): void {
  const fd = fs.openSync(file, 'r+');
  using _ = closing(fd);
  fs.fsyncSync(fd);
}
