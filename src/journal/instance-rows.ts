import type { AppKey, InstanceRow } from './rows.ts';
import type { Statements } from './statements.ts';

const APP_KEY = 'name = @name AND environment = @environment';

/**
 * The rows of instances, kept in memory once they were read: every change of every instance asks for them, and to read
 * two hundred rows for each of two hundred changes is most of what an agent would do. All writes go through here; one
 * that is rolled back makes them be read anew. A row that somebody holds stays as it was.
 */
export class InstanceRows {
  private readonly sql: Statements;
  /** The rows of each app, in the order of their units. */
  private readonly kept = new Map<string, Map<string, InstanceRow>>();

  constructor(sql: Statements) {
    this.sql = sql;
  }

  all(key: AppKey): InstanceRow[] {
    return [...this.of(key).values()];
  }

  one(key: AppKey, unit: string): InstanceRow | null {
    return this.of(key).get(unit) ?? null;
  }

  add(key: AppKey, unit: string, release: number | null): void {
    const { name, environment } = key;
    this.sql.run(
      `INSERT OR IGNORE INTO instance (name, environment, unit, release)
       VALUES (@name, @environment, @unit, @release)`,
      { name, environment, unit, release },
    );
    this.kept.delete(keptKey(key));
  }

  update(key: AppKey, unit: string, change: Partial<Omit<InstanceRow, keyof AppKey | 'unit'>>): void {
    const { name, environment } = key;
    this.sql.update('instance', `${APP_KEY} AND unit = @unit`, { key: { name, environment, unit }, change });
    const rows = this.kept.get(keptKey(key));
    const row = rows?.get(unit);
    const isSet = ([, value]: [string, unknown]) => value !== undefined;
    if (row) rows?.set(unit, { ...row, ...Object.fromEntries(Object.entries(change).filter(isSet)) });
  }

  remove(key: AppKey, unit: string): void {
    const { name, environment } = key;
    this.sql.run(`DELETE FROM instance WHERE ${APP_KEY} AND unit = @unit`, { name, environment, unit });
    this.kept.get(keptKey(key))?.delete(unit);
  }

  /** What is kept may not be what is in the database: it is read anew. */
  forget(): void {
    this.kept.clear();
  }

  private of(key: AppKey): Map<string, InstanceRow> {
    const known = this.kept.get(keptKey(key));
    if (known) return known;
    const { name, environment } = key;
    const rows = this.sql.all<InstanceRow>(
      `SELECT * FROM instance WHERE ${APP_KEY} ORDER BY length(unit), unit`,
      { name, environment },
    );
    const kept = new Map(rows.map((row) => [row.unit, row]));
    this.kept.set(keptKey(key), kept);
    return kept;
  }
}

/** What an app's rows are kept under. */
export function keptKey({ name, environment }: AppKey): string {
  return `${name}@${environment}`;
}
