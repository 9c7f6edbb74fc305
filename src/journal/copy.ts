import Database from 'better-sqlite3';
import { errnoOf, SlipwayError } from '../kernel/index.ts';
import { openDatabase } from './database.ts';
import { Tables } from './tables.ts';

/** All pages in one step: in several, what an agent writes meanwhile would make it begin anew each time. */
const ALL_PAGES = 0x7fffffff;

/**
 * Copies a journal as it is at one moment, what is in its log too, whether an agent writes to it or not. `to` must not be there.
 * @throws SlipwayError `journal_corrupt`, `disk_full`
 */
export async function copyDatabase(from: string, to: string): Promise<void> {
  let source: Database.Database | null = null;
  try {
    source = new Database(from, { readonly: true });
    await source.backup(to, { progress: () => ALL_PAGES });
  } catch (error) {
    const code = errnoOf(error);
    if (code === 'SQLITE_FULL' || code === 'ENOSPC')
      throw new SlipwayError('disk_full', { message: `no room for a copy of ${from}`, cause: error });
    throw new SlipwayError('journal_corrupt', {
      message: `${from} cannot be copied (${code ?? 'unknown error'})`,
      hint: 'it was left as it is',
      cause: error,
    });
  } finally {
    source?.close();
  }
}

/**
 * Opens a copy of a journal that no agent works with, brings it up to date, and changes it, all or nothing. It is one file
 * afterwards, without a log beside it.
 * @throws SlipwayError `journal_corrupt`, `journal_future`, `disk_full`, or what `change` throws
 */
export function changeCopy<T>(file: string, change: (tables: Tables) => T): T {
  const database = openDatabase(file);
  try {
    const result = database.transaction(() => change(new Tables(database)))();
    database.pragma('journal_mode = DELETE');
    return result;
  } finally {
    database.close();
  }
}
