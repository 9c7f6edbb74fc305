import type Database from 'better-sqlite3';
import { type Clock, Event, isDiskFull, messageOf, SlipwayError, systemClock } from '../kernel/index.ts';
import { journalFile, openDatabase } from './database.ts';
import { noRoom, Room } from './room.ts';
import { type Damage, standIn } from './stand-in.ts';
import { Tables } from './tables.ts';

const RETRY_MS = 2000;
/** What happens to many at once comes in many turns, a few milliseconds apart: one sync of the disk is enough for it. */
const GATHER_MS = 10;
const MAX_WAITING = 10_000;

interface Entry {
  name: string;
  change: (tables: Tables) => void;
}

/**
 * What has happened and what is meant to: written before it is done, so that whoever starts next knows. All writes go
 * through `write`, `decide` or `writeSoon`, each an entry with a name that a person can read. A transaction is left open for the
 * entries that need not be durable at once: they are seen by every reader, and share one sync of the disk with each other
 * and with the next one that needs it.
 */
export class Journal {
  /** Emitted before an entry is committed, and after: the places where a crash is told apart from its neighbours. */
  readonly committing = new Event<string>();
  readonly committed = new Event<string>();
  /** Why entries wait, in words; null when all are written. */
  readonly troubled = new Event<string | null>();
  readonly tables: Tables;
  /** Why this one, in memory, stands in for that on the disk; null where it is that. */
  readonly damage: Damage | null;
  private readonly database: Database.Database;
  private readonly clock: Clock;
  private readonly room: Room;
  /** Entries that are not committed yet. */
  private readonly waiting: Entry[] = [];
  /** So many of them are made in the open transaction. */
  private made = 0;
  private isMaking = false;
  private cancelFlush: (() => void) | null = null;
  private trouble: string | null = null;

  constructor(database: Database.Database, clock: Clock, damage: Damage | null = null) {
    this.database = database;
    this.damage = damage;
    this.clock = clock;
    this.tables = new Tables(database);
    this.room = new Room(database);
    this.room.keep();
  }

  static open(dataDirectory: string, clock: Clock = systemClock): Journal {
    return new Journal(openDatabase(journalFile(dataDirectory)), clock);
  }

  /** The journal, or where it is damaged or a newer one what stands in for it: to keep apps alive does not wait for it. */
  static openOrStandIn(dataDirectory: string, clock: Clock): Journal {
    try {
      return Journal.open(dataDirectory, clock);
    } catch (error) {
      if (!(error instanceof SlipwayError)) throw error;
      if (error.code !== 'journal_corrupt' && error.code !== 'journal_future') throw error;
      const { database, damage } = standIn(journalFile(dataDirectory), error);
      return new Journal(database, clock, damage);
    }
  }

  /**
   * One entry, durable when this returns: what it announces may be done then. Entries that wait become so with it, and do
   * where it fails by itself.
   * @throws SlipwayError `disk_full`; nothing was written then, and nothing may be done
   */
  write<T>(entry: string, change: (tables: Tables) => T): T {
    return this.orRefuse(entry, () => this.commit((tables) => this.inRoom(() => change(tables)), [entry]));
  }

  /**
   * Writes as `write` does what ends or saves something: a stop, a restart, a pin, the way back. A full disk does not
   * refuse it, for room is kept for it; entries that find none wait, and do not hold it up.
   */
  decide<T>(entry: string, change: (tables: Tables) => T): T {
    return this.orRefuse(entry, () => {
      try {
        return this.commit(change, [entry]);
      } catch (error) {
        if (!isDiskFull(error) || this.waiting.length === 0) throw error;
        this.noteFailure(error);
        return this.commit(change, [entry], { alone: true });
      }
    });
  }

  /**
   * A record of what is done already or must be done whatever the disk says (keeping processes alive, going back): seen at
   * once and durable within milliseconds where there is room, else as soon as there is, in order.
   */
  writeSoon(entry: string, change: (tables: Tables) => void): void {
    this.waiting.push({ name: entry, change });
    if (this.waiting.length > MAX_WAITING) this.dropOldest();
    if (this.trouble === null && !this.isMaking)
      this.orWait(() => this.undoneOnError(() => this.makeWaiting()));
    this.flushAfter(GATHER_MS);
  }

  /**
   * Writes as `writeSoon` does, and durably when this returns where there is room: what follows from it must not come
   * before it, as the record of a hook that has ended must not be taken away before its step has.
   */
  writeNow(entry: string, change: (tables: Tables) => void): void {
    this.writeSoon(entry, change);
    this.flush();
  }

  /**
   * Writes what is only told, durable when this returns, together with entries that wait. It has no name, for nothing is
   * done because of it.
   * @throws what keeps it from being written; nothing was written then, and entries go on waiting
   */
  note(change: (tables: Tables) => void): void {
    try {
      this.commit((tables) => this.inRoom(() => change(tables)), []);
    } catch (error) {
      this.noteFailure(error);
      throw error;
    }
  }

  close(): void {
    this.flush();
    this.cancelFlush?.();
    this.room.close();
  }

  private orRefuse<T>(entry: string, work: () => T): T {
    try {
      return work();
    } catch (error) {
      if (!isDiskFull(error)) throw error;
      this.noteFailure(error);
      throw new SlipwayError('disk_full', {
        message: `no room to journal "${entry}"`,
        hint: 'nothing was done; running apps go on',
        next: 'free some space in the data folder',
        cause: error,
      });
    }
  }

  private flushAfter(ms: number): void {
    this.cancelFlush ??= this.clock.after(ms, () => {
      this.cancelFlush = null;
      this.flush();
    });
  }

  private flush(): void {
    if (this.waiting.length > 0) this.orWait(() => this.commit(() => undefined, []));
  }

  /** What waits and then `last`. What `last` throws undoes `last` alone, unless the disk is full. */
  private commit<T>(last: (tables: Tables) => T, lastNames: string[], { alone = false } = {}): T {
    const names = [...(alone ? [] : this.waiting.map(({ name }) => name)), ...lastNames];
    for (const name of names) this.committing.emit(name);
    const outcome = this.withLogEmptied(() =>
      this.undoneOnError(() => {
        if (alone) this.begin();
        else this.makeWaiting();
        const attempted = this.attempt(last);
        this.database.exec('COMMIT');
        return attempted;
      }),
    );
    this.waiting.splice(0, this.made);
    this.made = 0;
    if (!alone) this.say(null);
    for (const name of names) this.committed.emit(name);
    if ('error' in outcome) throw outcome.error;
    return outcome.result;
  }

  private makeWaiting(): void {
    this.begin();
    for (const { change } of this.waiting.slice(this.made)) {
      this.make((tables) => this.inRoom(() => change(tables)));
      this.made++;
    }
  }

  private begin(): void {
    if (this.database.inTransaction) return;
    this.room.keep();
    this.database.exec('BEGIN IMMEDIATE');
  }

  private inRoom<T>(change: () => T): T {
    if (!this.room.keep()) throw noRoom();
    return this.room.within(change);
  }

  private attempt<T>(change: (tables: Tables) => T): { result: T } | { error: unknown } {
    try {
      return { result: this.make(change) };
    } catch (error) {
      this.tables.forget();
      if (isDiskFull(error)) throw error;
      return { error };
    }
  }

  /** Whole or not at all: within the open transaction it is a savepoint. */
  private make<T>(change: (tables: Tables) => T): T {
    this.isMaking = true;
    try {
      return this.database.transaction(() => change(this.tables))();
    } finally {
      this.isMaking = false;
    }
  }

  private undoneOnError<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      if (this.database.inTransaction) this.database.exec('ROLLBACK');
      this.made = 0;
      this.tables.forget();
      throw error;
    }
  }

  private orWait(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.noteFailure(error);
    }
  }

  private dropOldest(): void {
    this.waiting.shift();
    this.made = Math.max(0, this.made - 1);
  }

  private noteFailure(error: unknown): void {
    this.say(messageOf(error));
    if (this.waiting.length > 0) this.flushAfter(RETRY_MS);
  }

  private withLogEmptied<T>(attempt: () => T): T {
    try {
      return attempt();
    } catch (error) {
      if (!isDiskFull(error) || !this.room.emptyLog()) throw error;
      return attempt();
    }
  }

  private say(trouble: string | null): void {
    if (trouble === this.trouble) return;
    this.trouble = trouble;
    this.troubled.emit(trouble);
  }
}
