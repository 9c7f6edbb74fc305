import Database from 'better-sqlite3';
import type { SlipwayError } from '../kernel/index.ts';
import { migrations } from './migrations.ts';
import type { AppKey } from './rows.ts';

/** What of a damaged journal is taken into the one that stands in for it, as far as it can be read: what the disk does not tell. */
const TAKEN = [
  ...['secret', 'known_secret'],
  ...['user', 'recovery_code', 'passkey', 'session', 'token', 'given_password'],
];

/** Why a journal cannot be used, and what could be read of it all the same. */
export class Damage {
  readonly error: SlipwayError;
  private readonly stopped: ReadonlyMap<string, boolean>;

  constructor(error: SlipwayError, stopped: ReadonlyMap<string, boolean>) {
    this.error = error;
    this.stopped = stopped;
  }

  /** Whether a person had stopped it; null where that is not known. */
  wasStopped(key: AppKey, unit: string): boolean | null {
    const app = this.stopped.get(wordOf(key, ''));
    const one = this.stopped.get(wordOf(key, unit));
    return app === undefined && one === undefined ? null : Boolean(app) || Boolean(one);
  }
}

/**
 * A journal in memory, so that apps are kept alive although theirs cannot be used. What it knows of apps, it is told from
 * the disk.
 */
export function standIn(file: string, error: SlipwayError): { database: Database.Database; damage: Damage } {
  const database = new Database(':memory:');
  for (const migration of migrations) database.exec(migration);
  const stopped = new Map<string, boolean>();
  let damaged: Database.Database | null = null;
  try {
    damaged = new Database(file, { readonly: true, fileMustExist: true });
    for (const table of TAKEN) take(damaged, database, table);
    for (const row of rowsOf(damaged, "SELECT name, environment, '' AS unit, stopped FROM app"))
      stopped.set(wordOf(row as unknown as AppKey, ''), row.stopped === 1);
    for (const row of rowsOf(damaged, 'SELECT name, environment, unit, stopped FROM instance'))
      stopped.set(wordOf(row as unknown as AppKey, String(row.unit)), row.stopped === 1);
  } catch {
    // It is no database at all.
  } finally {
    damaged?.close();
  }
  return { database, damage: new Damage(error, stopped) };
}

function take(from: Database.Database, to: Database.Database, table: string): void {
  const known = (to.pragma(`table_info(${table})`) as { name: string }[]).map(({ name }) => name);
  for (const row of rowsOf(from, `SELECT * FROM ${table}`)) {
    const columns = Object.keys(row).filter((name) => known.includes(name));
    const places = columns.map((name) => `@${name}`);
    try {
      to.prepare(`INSERT INTO ${table} (${columns.join(', ')}) VALUES (${places.join(', ')})`).run(row);
    } catch {
      // A newer Slipway's row, or a damaged one: the others count.
    }
  }
}

/** As many as can be read. */
function* rowsOf(database: Database.Database, sql: string): Generator<Record<string, unknown>> {
  try {
    yield* database.prepare<[], Record<string, unknown>>(sql).iterate();
  } catch {
    // What lies behind the damage is lost.
  }
}

function wordOf({ name, environment }: AppKey, unit: string): string {
  return `${name} ${environment} ${unit}`;
}
