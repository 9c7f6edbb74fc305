import type Database from 'better-sqlite3';
import { safeText } from '../kernel/index.ts';

export type Row = Record<string, unknown>;

/** Fields that are 0 or 1 in the database, and those that are JSON: a name means the same in every table. */
const FLAGS = new Set(['stopped', 'spare', 'hot', 'unexpected', 'totpConfirmed', 'stranger']);
const JSONS = new Set(['offer', 'output', 'lastExit', 'stderr', 'apps', 'transports', 'before', 'after']);

/** Prepared once each, by their text. Columns are snake_case, fields of rows camelCase. */
export class Statements {
  private readonly database: Database.Database;
  private readonly prepared = new Map<string, Database.Statement>();

  constructor(database: Database.Database) {
    this.database = database;
  }

  one<T>(sql: string, values: Row): T | null {
    return rowOf<T>(this.statement(sql).get(values) as Row | undefined);
  }

  all<T>(sql: string, values: Row): T[] {
    return (this.statement(sql).all(values) as Row[]).map((row) => rowOf<T>(row) as T);
  }

  run(sql: string, values: Row): Database.RunResult {
    return this.statement(sql).run(bound(values));
  }

  insert(table: string, row: object): Database.RunResult {
    return this.put(`INSERT INTO ${table}`, row);
  }

  insertOrReplace(table: string, row: object): void {
    this.put(`INSERT OR REPLACE INTO ${table}`, row);
  }

  /** Writes a row; where there is one with that key, over it. */
  upsert(table: string, { key, row }: { key: string; row: object }): void {
    const { columns, values } = columnsOf(row);
    const assignments = columns.map((column) => `${column} = excluded.${column}`);
    this.run(
      `INSERT INTO ${table} (${columns.join(', ')}) VALUES (${values.join(', ')})
       ON CONFLICT (${key}) DO UPDATE SET ${assignments.join(', ')}`,
      stored(row),
    );
  }

  update(table: string, where: string, { key, change }: { key: Row; change: object }): void {
    const { columns, values } = columnsOf(change);
    if (columns.length === 0) return;
    const assignments = columns.map((column, index) => `${column} = ${values[index]}`);
    this.run(`UPDATE ${table} SET ${assignments.join(', ')} WHERE ${where}`, { ...key, ...stored(change) });
  }

  private put(into: string, row: object): Database.RunResult {
    const { columns, values } = columnsOf(row);
    return this.run(`${into} (${columns.join(', ')}) VALUES (${values.join(', ')})`, stored(row));
  }

  private statement(sql: string): Database.Statement {
    let statement = this.prepared.get(sql);
    if (!statement) {
      statement = this.database.prepare(sql);
      this.prepared.set(sql, statement);
    }
    return statement;
  }
}

/** Fields come from the types of rows, never from outside, so their names may stand in SQL. */
function columnsOf(row: object): { columns: string[]; values: string[] } {
  const fields = Object.entries(row).filter(([, value]) => value !== undefined);
  return {
    columns: fields.map(([field]) => field.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)),
    values: fields.map(([field]) => `@${field}`),
  };
}

function rowOf<T>(row: Row | undefined): T | null {
  if (!row) return null;
  const out: Row = {};
  for (const [column, value] of Object.entries(row)) {
    const field = column.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
    out[field] = readValue(field, value);
  }
  return out as T;
}

function readValue(field: string, value: unknown): unknown {
  if (value === null) return null;
  if (FLAGS.has(field)) return value === 1;
  return JSONS.has(field) ? JSON.parse(value as string) : value;
}

/** The fields of a row, those that are JSON as that: a parameter of a query may have the name of one, and is none. */
function stored(row: object): Row {
  return Object.fromEntries(
    Object.entries(row).map(([field, value]) => [
      field,
      JSONS.has(field) && value !== null ? JSON.stringify(value) : value,
    ]),
  );
}

/** A reason may quote anybody. */
function bound(values: Row): Row {
  return Object.fromEntries(
    Object.entries(values).map(([field, value]) => {
      if (field === 'reason' && typeof value === 'string') return [field, safeText(value)];
      return [field, typeof value === 'boolean' ? (value ? 1 : 0) : value];
    }),
  );
}
