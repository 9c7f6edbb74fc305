import fs from 'node:fs';
import path from 'node:path';
import type { Configuration } from '../config/index.ts';
import { lockDataDirectory } from '../journal/index.ts';
import {
  type Clock,
  closing,
  commandLine,
  refuseOthers,
  SlipwayError,
  syncDirectory,
  uniqueName,
} from '../kernel/index.ts';
import { type CheckedArchive, checkedArchive } from './checked-archive.ts';
import {
  type Exchange,
  finishRestore,
  finishRestoreOf,
  intend,
  isIntended,
  refuseIntended,
} from './intention.ts';
import { JOURNAL, type Manifest } from './manifest.ts';
import { OwnerNames } from './owner-names.ts';
import { reconcileCopy } from './reconcile-copy.ts';
import { makeStage, removeStage } from './stage.ts';
import { exchangeOf, planFile, type StagedFile, stageFile } from './staged-file.ts';

export interface Restored {
  manifest: Manifest;
  dataDirectory: string;
  /** Of the agent that is to be started; null where the DEPLOYEX_* variables are the configuration. */
  configFile: string | null;
  /** Files that are other than before; where there was one, the former one is at `aside`. */
  changed: { path: string; aside: string | null }[];
  /** What is in the backup and was not put back, with the reason. */
  left: { path: string; why: string }[];
  /** Apps of which no release is on this host any more. */
  withoutRelease: string[];
  /** Why it takes `force`; null where it does not. */
  newer: string | null;
}

export interface RestoreOptions {
  /** Whether a journal that was written to after the backup was made may be replaced. */
  force: boolean;
  /** Nothing is put back: what is given is what would be. An agent may run meanwhile. */
  dryRun?: boolean;
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
  const { configFile, fallback, dryRun = false, onStep = () => undefined } = options;
  if (process.geteuid?.() === 0) refuseOthers(archive);
  const apart = makeStage(path.dirname(path.resolve(archive)), 'unpacked');
  try {
    const checked = await checkedArchive(archive, {
      ...{ into: path.join(apart, 'backup'), configFile, fallback },
    });
    const { dataDirectory, file } = checked.configuration;
    if (dryRun) {
      refuseIntended(dataDirectory);
      return (await plan(checked, apart, options)).outcome;
    }
    // One that was begun before is over first: what is there is then what it made.
    if (file !== null) finishRestoreOf(file);
    const lock = lockDataDirectory(dataDirectory);
    try {
      finishRestore(dataDirectory);
      onStep('checked');
      const planned = await plan(checked, apart, options);
      onStep('planned');
      if (planned.outcome.newer !== null && !options.force)
        throw newerThere(archive, planned.outcome.newer, options);
      putBack(planned, { folder: checked.folder, apart, onStep });
      return planned.outcome;
    } finally {
      lock.release();
    }
  } finally {
    removeStage(apart);
  }
}

interface Plan {
  outcome: Restored;
  exchanges: Exchange[];
  files: StagedFile[];
  journal: Exchange & { staged: string };
}

/** All that is to be done; nothing is written but in the folder `apart`. */
async function plan(checked: CheckedArchive, apart: string, { clock, force }: RestoreOptions): Promise<Plan> {
  const { folder, manifest, configuration } = checked;
  const { dataDirectory } = configuration;
  const now = clock.now();
  const journal = path.join(folder, JOURNAL);
  const { withoutRelease, newer } = await reconcileCopy(journal, {
    ...{ configuration, manifest, apart, force, now },
  });
  const stamp = new Date(now).toISOString().replace(/[-:]|\.\d+/g, '');
  const names = new OwnerNames();
  const files: StagedFile[] = [];
  const left: Restored['left'] = [];
  for (const file of checked.files) {
    const planned = planFile(file, { folder, names, stamp });
    if (planned === 'the same') continue;
    if ('left' in planned) left.push({ path: file.path, why: planned.left });
    else files.push(planned);
  }
  const place = path.join(dataDirectory, JOURNAL);
  const staged = { ...exchangeOf(place, null, stamp), staged: uniqueName(place) };
  const replaced = [...files.map(({ exchange }) => exchange), staged];
  const logs = [`${place}-wal`, `${place}-shm`].map((log) => exchangeOf(log, null, stamp));
  const changed = replaced.map(({ target, aside }) => ({
    path: target,
    aside: fs.existsSync(target) ? aside : null,
  }));
  const { file: configFile } = configuration;
  return {
    outcome: { manifest, dataDirectory, configFile, changed, left, withoutRelease, newer },
    // The journal comes last: its log is gone by then.
    exchanges: [...replaced.slice(0, -1), ...logs, staged],
    files,
    journal: staged,
  };
}

function putBack(
  { outcome, exchanges, files, journal }: Plan,
  { folder, apart, onStep }: { folder: string; apart: string; onStep: (step: string) => void },
): void {
  const { dataDirectory } = outcome;
  const configFile = files.find(({ file }) => file.role === 'configuration')?.file.path ?? null;
  const intention = { exchanges, folders: [apart], configFile };
  try {
    intend(dataDirectory, { ...intention, isStaged: false });
    onStep('begun');
    for (const file of files) {
      stageFile(file, folder);
      onStep(`staged ${file.file.role}`);
    }
    fs.copyFileSync(path.join(folder, JOURNAL), journal.staged, fs.constants.COPYFILE_EXCL);
    fs.chmodSync(journal.staged, 0o600);
    syncFile(journal.staged);
    for (const each of new Set(exchanges.map(({ target }) => path.dirname(target)))) syncDirectory(each);
    onStep('staged');
    intend(dataDirectory, { ...intention, isStaged: true });
    onStep('intended');
    finishRestore(dataDirectory, onStep);
  } catch (error) {
    // Once it is intended, the next one to come goes on with what is staged.
    if (!isIntended(dataDirectory)) finishRestore(dataDirectory);
    throw error;
  }
}

function newerThere(archive: string, newer: string, { configFile }: RestoreOptions): SlipwayError {
  return new SlipwayError('backup_refused', {
    message: newer,
    hint: 'what happened since would be forgotten, the present journal kept beside it; what runs goes on either way. Nothing was changed',
    next: restoreCommand(archive, { configFile, force: true }),
  });
}

/** As a person types it. */
export function restoreCommand(
  archive: string,
  { configFile, force }: { configFile: string | null; force: boolean },
): string {
  const config = configFile === null ? [] : ['--config', path.resolve(configFile)];
  return commandLine(['slipway', 'restore', archive, ...(force ? ['--force'] : []), ...config]);
}

function syncFile(file: string): void {
  const fd = fs.openSync(file, 'r+');
  using _ = closing(fd);
  fs.fsyncSync(fd);
}
