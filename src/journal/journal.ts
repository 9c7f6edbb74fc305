import path from 'node:path';
import type Database from 'better-sqlite3';
import { type Clock, Event, isDiskFull, messageOf, SlipwayError, systemClock } from '../kernel/index.ts';
import { openDatabase } from './database.ts';
import { Tables } from './tables.ts';

const RETRY_MS = 2000;
const MAX_WAITING = 10_000;

/**
 * What has happened and what is meant to: written before it is done, so that whoever starts next knows. All writes go
 * through `write` or `writeSoon`, each one transaction with a name that a person can read.
 */
export class Journal {
  /** Before an entry is committed, and after: the places where a crash is told apart from its neighbours. */
  readonly committing = new Event<string>();
  readonly committed = new Event<string>();
  /** Why entries wait, in words; null when all are written. */
  readonly troubled = new Event<string | null>();
  readonly tables: Tables;
  private readonly database: Database.Database;
  private readonly clock: Clock;
  private readonly waiting: { entry: string; change: (tables: Tables) => void }[] = [];
  private cancelRetry: (() => void) | null = null;
  private trouble: string | null = null;

  constructor(database: Database.Database, clock: Clock) {
    this.database = database;
    this.clock = clock;
    this.tables = new Tables(database);
  }

  static open(dataDirectory: string, clock: Clock = systemClock): Journal {
    return new Journal(openDatabase(path.join(dataDirectory, 'slipway.db')), clock);
  }

  /**
   * One entry, durable when this returns: what it announces may be done then. Entries that wait go first.
   * @throws SlipwayError `disk_full`; nothing was written then, and nothing may be done
   */
  write<T>(entry: string, change: (tables: Tables) => T): T {
    try {
      this.flush();
      return this.commit(entry, change);
    } catch (error) {
      if (!isDiskFull(error)) throw error;
      this.say(messageOf(error));
      throw new SlipwayError('disk_full', {
        message: `no room to journal "${entry}"`,
        hint: 'nothing was done; running apps go on',
        next: 'free some space in the data folder',
        cause: error,
      });
    }
  }

  /**
   * A record of what is done already or must be done whatever the disk says (keeping processes alive, going back): now
   * where it can be, else as soon as there is room, in order.
   */
  writeSoon(entry: string, change: (tables: Tables) => void): void {
    this.waiting.push({ entry, change });
    if (this.waiting.length > MAX_WAITING) this.waiting.shift();
    this.tryFlush();
  }

  close(): void {
    this.cancelRetry?.();
    this.tryFlush();
    this.cancelRetry?.();
    this.database.close();
  }

  private tryFlush(): void {
    try {
      this.flush();
    } catch (error) {
      this.say(messageOf(error));
      this.cancelRetry ??= this.clock.after(RETRY_MS, () => {
        this.cancelRetry = null;
        this.tryFlush();
      });
    }
  }

  private flush(): void {
    for (let next = this.waiting[0]; next; next = this.waiting[0]) {
      this.commit(next.entry, next.change);
      this.waiting.shift();
    }
    this.say(null);
  }

  private commit<T>(entry: string, change: (tables: Tables) => T): T {
    this.committing.emit(entry);
    const result = this.database.transaction(() => change(this.tables)).immediate();
    this.committed.emit(entry);
    return result;
  }

  private say(trouble: string | null): void {
    if (trouble === this.trouble) return;
    this.trouble = trouble;
    this.troubled.emit(trouble);
  }
}
