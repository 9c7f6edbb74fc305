import fs from 'node:fs';
import path from 'node:path';
import Database from 'better-sqlite3';
import type { SlipwayError } from '../kernel/index.ts';
import { copyDatabase } from './copy.ts';
import { journalFile, refusalOf } from './database.ts';
import { migrations } from './migrations.ts';

/** The version that this Slipway brings a journal to. */
export const JOURNAL_VERSION = migrations.length;

/** The version of a journal, while an agent writes to it, too; null where there is none. */
export function journalVersion(dataDirectory: string): number | null {
  const file = journalFile(dataDirectory);
  if (!fs.existsSync(file)) return null;
  const database = new Database(file, { readonly: true });
  try {
    return database.pragma('user_version', { simple: true }) as number;
  } finally {
    database.close();
  }
}

/** Why an agent could not use the journal of this folder, which is only read; null where it could. */
export function refusalOfJournal(dataDirectory: string): SlipwayError | null {
  return refusalOf(journalFile(dataDirectory));
}

/** Copies the journal into a file: whole under its name, and durable when this resolves. */
export async function keepJournal(dataDirectory: string, to: string): Promise<void> {
  const part = `${to}.part`;
  fs.rmSync(part, { force: true });
  await copyDatabase(journalFile(dataDirectory), part);
  fs.chmodSync(part, 0o600);
  moveDurably(part, to);
}

/** Puts such a copy in the place of the journal of an agent that has ended. May be begun twice: the copy stays. */
export function putJournalBack(copy: string, dataDirectory: string): void {
  const file = journalFile(dataDirectory);
  const part = `${file}.part`;
  fs.copyFileSync(copy, part);
  fs.chmodSync(part, 0o600);
  // What the newer agent wrote is in them; of another database they would be nonsense.
  for (const each of ['-wal', '-shm']) fs.rmSync(`${file}${each}`, { force: true });
  moveDurably(part, file);
}

function moveDurably(part: string, to: string): void {
  for (const each of [part, path.dirname(to)]) sync(each);
  fs.renameSync(part, to);
  sync(path.dirname(to));
}

function sync(file: string): void {
  const fd = fs.openSync(file, 'r');
  fs.fsyncSync(fd);
  fs.closeSync(fd);
}
