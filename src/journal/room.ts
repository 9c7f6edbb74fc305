import fs from 'node:fs';
import path from 'node:path';
import Database from 'better-sqlite3';
import { closing, isDiskFull } from '../kernel/index.ts';

/** Pages that are free within the database: 256 KB, some hundreds of rows. */
const FREE_PAGES = 64;
/** So many of them are for what ends or saves. */
const LAST_PAGES = 32;
const GROWTH_PAGES = FREE_PAGES + LAST_PAGES;
/** The write-ahead log takes a hundred decisions before it begins anew. */
const LOG_BYTES = 512 * 1024;
const HEADER_BYTES = 32;

/**
 * Room that the database has before the disk is full: free pages within it, and a write-ahead log that is written over from
 * its beginning. A file of its own, given free when it is needed, would be no room: the app whose log fills the disk is
 * faster. Holds on file systems that write in place, so not on btrfs and ZFS.
 */
export class Room {
  private readonly database: Database.Database;

  constructor(database: Database.Database) {
    this.database = database;
  }

  /** Sets the room apart, as far as there is any; not within a transaction. Whether there is more of it than what ends or saves may need. */
  keep(): boolean {
    if (this.count('freelist_count') >= FREE_PAGES) return true;
    // The pages go into the log and into the file, and whoever writes meanwhile needs as much again.
    if (!this.hasDiskFor(4 * GROWTH_PAGES)) return this.count('freelist_count') >= LAST_PAGES;
    try {
      if (!this.database.inTransaction) this.grow();
      return true;
    } catch (error) {
      if (!isDiskFull(error)) throw error;
      return this.count('freelist_count') >= LAST_PAGES;
    }
  }

  /**
   * A change that makes the file of the database longer would stay in the log on a full disk, and the log could not begin
   * anew: it is refused then.
   * @throws an error with the code `ENOSPC`
   */
  within<T>(change: () => T): T {
    if (this.count('freelist_count') >= FREE_PAGES) return change();
    const before = this.count('page_count');
    const result = change();
    if (this.count('page_count') > before && !this.hasDiskFor(GROWTH_PAGES)) throw noRoom();
    return result;
  }

  /** What is in the log goes into the database, which has the pages for it: the next entry is the first of the log again. False where not all could go. */
  emptyLog(): boolean {
    if (this.database.memory || this.database.inTransaction) return false;
    try {
      const [result] = this.database.pragma('wal_checkpoint(PASSIVE)') as {
        log: number;
        checkpointed: number;
      }[];
      return result !== undefined && result.log === result.checkpointed;
    } catch (error) {
      if (isDiskFull(error)) return false;
      throw error;
    }
  }

  /**
   * Closes the database and leaves the log there, for the next agent may start when the disk is full. Whoever closes it last
   * takes the log away, unless he may only read. A log whose entries all are in the database is made one without entries: a
   * backup may be put in the place of the database.
   */
  close(): void {
    if (this.database.memory || !this.database.open) {
      this.database.close();
      return;
    }
    const isEmptied = this.emptyLog();
    const reader = new Database(this.database.name, { readonly: true });
    reader.pragma('schema_version');
    this.database.close();
    reader.close();
    if (isEmptied) clearHeader(this.logFile);
  }

  private get logFile(): string {
    return `${this.database.name}-wal`;
  }

  private count(pragma: 'freelist_count' | 'page_count' | 'page_size'): number {
    return this.database.pragma(pragma, { simple: true }) as number;
  }

  private hasDiskFor(pages: number): boolean {
    if (this.database.memory) return true;
    const { bavail, bsize } = fs.statfsSync(path.dirname(this.database.name));
    return bavail * bsize >= pages * this.count('page_size');
  }

  /** A large row comes and goes. From the log the pages go into the file at once, which is as long as it has to be then. */
  private grow(): void {
    this.growLog();
    this.database.transaction(() => {
      const bytes = GROWTH_PAGES * this.count('page_size');
      this.database.prepare('INSERT INTO room (filler) VALUES (zeroblob(?))').run(bytes);
      this.database.prepare('DELETE FROM room').run();
    })();
    this.emptyLog();
  }

  /** What lies behind the last entry of the log is no entry: it has no right sum. */
  private growLog(): void {
    if (this.database.memory) return;
    const fd = fs.openSync(this.logFile, 'r+');
    using _ = closing(fd);
    const { size } = fs.fstatSync(fd);
    const missing = LOG_BYTES - size;
    if (missing <= 0) return;
    fs.writeSync(fd, Buffer.alloc(missing), 0, missing, size);
    fs.fsyncSync(fd);
  }
}

/** What is there is for what ends or saves. */
export function noRoom(): Error {
  const message = 'no room in the data folder; what is kept there is for stop, restart, pin and rollback';
  return Object.assign(new Error(message), { code: 'ENOSPC' });
}

function clearHeader(logFile: string): void {
  const fd = fs.openSync(logFile, 'r+');
  using _ = closing(fd);
  fs.writeSync(fd, Buffer.alloc(HEADER_BYTES), 0, HEADER_BYTES, 0);
  fs.fsyncSync(fd);
}
