import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Configuration } from '../config/index.ts';
import { changeCopy, copyDatabase } from '../journal/index.ts';
import {
  type Clock,
  closing,
  errnoOf,
  openOwned,
  runTool,
  SlipwayError,
  syncDirectory,
  uniqueName,
} from '../kernel/index.ts';
import { placesOf } from './contents.ts';
import { refuseIntended } from './intention.ts';
import {
  type BackedUpFile,
  FILES,
  JOURNAL,
  MANIFEST,
  type Manifest,
  manifestText,
  type Role,
  sha256Of,
} from './manifest.ts';
import { OwnerNames } from './owner-names.ts';
import { makeStage, removeStage } from './stage.ts';

const FILE_MAX_BYTES = 16 * 1024 * 1024;

export interface MadeBackup {
  file: string;
  sizeBytes: number;
  manifest: Omit<Manifest, 'format'>;
}

/**
 * Writes a backup: `file` is the former one or the new one, whole, whatever ends this. An agent may run meanwhile. Needs room for
 * a copy of the journal in the data folder until it is done.
 * @throws SlipwayError `journal_corrupt`, `disk_full`, `permission`, `backup_refused`
 */
export async function makeBackup(
  file: string,
  options: {
    configuration: Configuration;
    /** The text of its file; null where there is none. */
    text: string | null;
    withoutKey: boolean;
    version: string;
    clock: Clock;
  },
): Promise<MadeBackup> {
  const { configuration, text, withoutKey, version, clock } = options;
  const { dataDirectory } = configuration;
  refuseOther(file);
  refuseIntended(dataDirectory);
  if (!fs.existsSync(path.join(dataDirectory, JOURNAL)))
    throw new SlipwayError('backup_refused', {
      message: `there is no journal in ${dataDirectory}: no agent has worked there`,
      hint: 'name the configuration with --config, where it is another one; nothing was written',
      next: 'slipway config check',
    });
  const temporary = uniqueName(file);
  let stage: string | null = null;
  try {
    stage = makeStage(dataDirectory, 'backup');
    fs.mkdirSync(path.join(stage, FILES), { mode: 0o700 });
    const files = await copyFiles(stage, { configuration, text, withoutKey });
    const journal = await copyJournal(stage, dataDirectory);
    const manifest = {
      madeAt: new Date(clock.now()).toISOString(),
      slipway: version,
      host: os.hostname(),
      dataDirectory,
      configFile: configuration.file,
      withoutKey,
      apps: configuration.apps.map(({ id }) => id),
      journal,
      files,
    };
    fs.writeFileSync(path.join(stage, MANIFEST), manifestText(manifest), { mode: 0o600 });
    await pack(stage, temporary);
    fs.renameSync(temporary, file);
    syncDirectory(path.dirname(file));
    return { file, sizeBytes: fs.statSync(file).size, manifest };
  } catch (error) {
    fs.rmSync(temporary, { force: true });
    throw refined(error, file);
  } finally {
    if (stage !== null) removeStage(stage);
  }
}

function refuseOther(file: string): void {
  const stat = fs.lstatSync(file, { throwIfNoEntry: false });
  if (!stat || stat.isFile()) return;
  throw new SlipwayError('backup_refused', {
    message: `${file} is there, and is no regular file`,
    hint: 'it was left as it is',
  });
}

async function copyFiles(
  stage: string,
  options: { configuration: Configuration; text: string | null; withoutKey: boolean },
): Promise<BackedUpFile[]> {
  const { configuration, text, withoutKey } = options;
  const names = new OwnerNames();
  const found: BackedUpFile[] = [];
  for (const { path: place, role } of placesOf(configuration, text)) {
    if (withoutKey && role === 'key') continue;
    const copy = read(place, role);
    if (!copy) continue;
    const entry = `${FILES}/${found.length}`;
    // What was checked is what is kept: the file may have been changed since it was read.
    const content = role === 'configuration' && text !== null ? Buffer.from(text) : copy.content;
    fs.writeFileSync(path.join(stage, entry), content, { mode: 0o600 });
    found.push({
      ...{ path: place, role, entry, mode: copy.stat.mode & 0o7777, sizeBytes: content.length },
      user: names.user(copy.stat.uid),
      group: names.group(copy.stat.gid),
      sha256: await sha256Of(path.join(stage, entry)),
    });
  }
  return found;
}

/**
 * Null where there is none, or no regular file. A link is followed where root alone can have made it, as those of Let's Encrypt;
 * that of a site never.
 */
function read(file: string, role: Role): { content: Buffer; stat: fs.Stats } | null {
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = fs.constants;
  try {
    const fd = role === 'env' ? fs.openSync(file, O_RDONLY | O_NONBLOCK | O_NOFOLLOW) : openOwned(file, null);
    using _ = closing(fd);
    const stat = fs.fstatSync(fd);
    if (!stat.isFile()) return null;
    if (stat.size > FILE_MAX_BYTES)
      throw new SlipwayError('backup_refused', {
        message: `${file} is larger than 16 MB`,
        hint: 'such a file is none of a configuration; nothing was written',
      });
    return { content: fs.readFileSync(fd), stat };
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'ELOOP'].includes(errnoOf(error) ?? '')) return null;
    throw error;
  }
}

async function copyJournal(stage: string, dataDirectory: string): Promise<Manifest['journal']> {
  const copy = path.join(stage, JOURNAL);
  await copyDatabase(path.join(dataDirectory, JOURNAL), copy);
  fs.chmodSync(copy, 0o600);
  const lastAt = changeCopy(copy, (tables) => tables.whole.lastAt());
  return { sizeBytes: fs.statSync(copy).size, sha256: await sha256Of(copy), lastAt };
}

async function pack(stage: string, file: string): Promise<void> {
  const fd = fs.openSync(file, 'wx', 0o600);
  using _ = closing(fd);
  const entries = [MANIFEST, JOURNAL, FILES] as const;
  await runTool(['tar', '--create', '--gzip', '--owner=0', '--group=0', '-C', stage, ...entries], {
    stdout: fd,
  });
  fs.fsyncSync(fd);
}

function refined(error: unknown, file: string): unknown {
  const code = errnoOf(error);
  if (code === 'ENOENT' || code === 'ENOTDIR')
    return new SlipwayError('backup_refused', {
      message: `${file} cannot be written: there is no folder ${path.dirname(file)}`,
      cause: error,
    });
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS')
    return new SlipwayError('permission', {
      message: `a backup needs to read the data folder, and to write ${file}: ${(error as Error).message}`,
      cause: error,
    });
  if (code === 'ENOSPC' || code === 'EDQUOT')
    return new SlipwayError('disk_full', { message: `no room for ${file}`, cause: error });
  return error;
}
