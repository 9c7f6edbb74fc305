import fs from 'node:fs';
import path from 'node:path';
import Database from 'better-sqlite3';
import { errnoOf, messageOf, SlipwayError } from '../kernel/index.ts';
import { migrations } from './migrations.ts';

const SQLITE_HEADER = 'SQLite format 3\0';
const BUSY_TIMEOUT_MS = 5000;

/** Where an agent keeps its journal. */
export function journalFile(dataDirectory: string): string {
  return path.join(dataDirectory, 'slipway.db');
}

/**
 * Opens the journal's database and brings it up to date. WAL with synchronous=FULL: what was committed survives a
 * power loss.
 * @throws SlipwayError `journal_corrupt`, `journal_future`, `disk_full`; the file is left as it was
 */
export function openDatabase(file: string): Database.Database {
  refuseForeign(file);
  let database: Database.Database | null = null;
  try {
    createPrivate(file);
    database = new Database(file);
    const version = checkSound(file, database);
    database.pragma('journal_mode = WAL');
    database.pragma('synchronous = FULL');
    database.pragma('foreign_keys = ON');
    database.pragma(`busy_timeout = ${BUSY_TIMEOUT_MS}`);
    migrate(database, version);
    return database;
  } catch (error) {
    database?.close();
    if (error instanceof SlipwayError) throw error;
    const code = errnoOf(error);
    if (code === 'SQLITE_CORRUPT' || code === 'SQLITE_NOTADB') throw corrupt(file, messageOf(error), error);
    if (code === 'SQLITE_FULL' || code === 'ENOSPC')
      throw new SlipwayError('disk_full', {
        message: `no room for ${file}`,
        hint: 'nothing was changed',
        cause: error,
      });
    if (code === 'EACCES' || code === 'SQLITE_CANTOPEN' || code === 'SQLITE_READONLY')
      throw new SlipwayError('permission', {
        message: `${file} cannot be opened: ${messageOf(error)}`,
        cause: error,
      });
    throw error;
  }
}

/** Why an agent could not use the database, which is only read; null where it could, or there is none. */
export function refusalOf(file: string): SlipwayError | null {
  if (!fs.existsSync(file)) return null;
  let database: Database.Database | null = null;
  try {
    refuseForeign(file);
    database = new Database(file, { readonly: true });
    checkSound(file, database);
    return null;
  } catch (error) {
    return error instanceof SlipwayError ? error : corrupt(file, messageOf(error), error);
  } finally {
    database?.close();
  }
}

/** Gives the version that it has. */
function checkSound(file: string, database: Database.Database): number {
  const version = database.pragma('user_version', { simple: true }) as number;
  if (version > migrations.length)
    throw new SlipwayError('journal_future', {
      message: `${file} is of version ${version}; this Slipway knows versions up to ${migrations.length}`,
      hint: 'it was written by a newer Slipway, and was not touched',
      next: 'install that newer Slipway again',
    });
  const sound = database.pragma('quick_check', { simple: true });
  if (sound !== 'ok') throw corrupt(file, String(sound));
  return version;
}

/** SQLite takes an empty file for a new database, and would write into it; anything else that is none is refused. */
function refuseForeign(file: string): void {
  let header: Buffer;
  try {
    const fd = fs.openSync(file, 'r');
    header = Buffer.alloc(SQLITE_HEADER.length);
    const length = fs.readSync(fd, header);
    fs.closeSync(fd);
    if (length === 0) return;
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return;
    throw new SlipwayError('permission', {
      message: `${file} cannot be read: ${messageOf(error)}`,
      cause: error,
    });
  }
  if (header.toString('latin1') !== SQLITE_HEADER) throw corrupt(file, 'it is no SQLite database');
}

function createPrivate(file: string): void {
  fs.mkdirSync(path.dirname(file), { recursive: true, mode: 0o755 });
  fs.closeSync(fs.openSync(file, 'a', 0o600));
}

function migrate(database: Database.Database, from: number): void {
  for (let version = from; version < migrations.length; version++)
    database.transaction(() => {
      database.exec(migrations[version] ?? '');
      database.pragma(`user_version = ${version + 1}`);
    })();
}

function corrupt(file: string, what: string, cause?: unknown): SlipwayError {
  return new SlipwayError('journal_corrupt', {
    message: `${file} is damaged: ${what}`,
    hint: 'it was not touched; running apps go on, and releases are found on the disk',
    next: `slipway restore FILE   (a backup; or without history: mv ${file} ${file}.damaged; then start the agent anew)`,
    cause,
  });
}
