import type Database from 'better-sqlite3';
import type {
  AppKey,
  AppRow,
  DeliveryRow,
  DeploymentRow,
  GhostRow,
  InstanceRow,
  ReleaseRow,
  RunRow,
  SecretRow,
  StepRow,
} from './rows.ts';

type Row = Record<string, unknown>;
type Value = string | number | Uint8Array | null;

const DELIVERY_MAX_AGE_MS = 30 * 86_400_000;
const DELIVERY_MAX_COUNT = 10_000;

const APP_KEY = 'name = @name AND environment = @environment';

/** Rows in and out: every statement of the house is here. Columns are snake_case, fields of rows camelCase. */
export class Tables {
  private readonly database: Database.Database;
  private readonly statements = new Map<string, Database.Statement>();

  constructor(database: Database.Database) {
    this.database = database;
  }

  app(key: AppKey): AppRow | null {
    return this.one<AppRow>(`SELECT * FROM app WHERE ${APP_KEY}`, keyOf(key));
  }

  addApp(key: AppKey): void {
    this.run('INSERT OR IGNORE INTO app (name, environment) VALUES (@name, @environment)', keyOf(key));
  }

  updateApp(key: AppKey, change: Partial<Omit<AppRow, keyof AppKey>>): void {
    this.update('app', APP_KEY, { ...keyOf(key) }, change);
  }

  release(key: AppKey, number: number): ReleaseRow | null {
    return this.one<ReleaseRow>(`SELECT * FROM release WHERE ${APP_KEY} AND number = @number`, {
      ...keyOf(key),
      number,
    });
  }

  /** Newest first. */
  releases(key: AppKey): ReleaseRow[] {
    return this.all<ReleaseRow>(`SELECT * FROM release WHERE ${APP_KEY} ORDER BY number DESC`, keyOf(key));
  }

  addRelease(row: ReleaseRow): void {
    this.insert('release', row);
  }

  updateRelease(
    key: AppKey,
    number: number,
    change: Partial<Omit<ReleaseRow, keyof AppKey | 'number'>>,
  ): void {
    this.update('release', `${APP_KEY} AND number = @number`, { ...keyOf(key), number }, change);
  }

  deployment(id: number): DeploymentRow | null {
    return this.one<DeploymentRow>('SELECT * FROM deployment WHERE id = @id', { id });
  }

  /** Newest first. */
  deployments(key: AppKey, limit = 1000): DeploymentRow[] {
    return this.all<DeploymentRow>(
      `SELECT * FROM deployment WHERE ${APP_KEY} ORDER BY id DESC LIMIT @limit`,
      {
        ...keyOf(key),
        limit,
      },
    );
  }

  /** Those that have not ended, oldest first. */
  openDeployments(key: AppKey): DeploymentRow[] {
    return this.all<DeploymentRow>(
      `SELECT * FROM deployment WHERE ${APP_KEY} AND state IN ('queued', 'running') ORDER BY id`,
      keyOf(key),
    );
  }

  addDeployment(row: Omit<DeploymentRow, 'id' | 'boot' | 'pinnedBefore'>): number {
    return Number(this.insert('deployment', row).lastInsertRowid);
  }

  updateDeployment(id: number, change: Partial<Omit<DeploymentRow, keyof AppKey | 'id'>>): void {
    this.update('deployment', 'id = @id', { id }, change);
  }

  steps(deployment: number): StepRow[] {
    return this.all<StepRow>('SELECT * FROM step WHERE deployment = @deployment ORDER BY position', {
      deployment,
    });
  }

  addStep(row: StepRow): void {
    this.insert('step', row);
  }

  updateStep(
    deployment: number,
    position: number,
    change: Partial<Omit<StepRow, 'deployment' | 'position'>>,
  ): void {
    this.update(
      'step',
      'deployment = @deployment AND position = @position',
      { deployment, position },
      change,
    );
  }

  instances(key: AppKey): InstanceRow[] {
    return this.all<InstanceRow>(
      `SELECT * FROM instance WHERE ${APP_KEY} ORDER BY length(unit), unit`,
      keyOf(key),
    );
  }

  addInstance(key: AppKey, unit: string, release: number | null): void {
    this.run(
      `INSERT OR IGNORE INTO instance (name, environment, unit, release)
       VALUES (@name, @environment, @unit, @release)`,
      { ...keyOf(key), unit, release },
    );
  }

  updateInstance(key: AppKey, unit: string, change: Partial<Omit<InstanceRow, keyof AppKey | 'unit'>>): void {
    this.update('instance', `${APP_KEY} AND unit = @unit`, { ...keyOf(key), unit }, change);
  }

  removeInstance(key: AppKey, unit: string): void {
    this.run(`DELETE FROM instance WHERE ${APP_KEY} AND unit = @unit`, { ...keyOf(key), unit });
  }

  ghosts(key: AppKey): GhostRow[] {
    return this.all<GhostRow>(`SELECT * FROM ghost WHERE ${APP_KEY} ORDER BY at`, keyOf(key));
  }

  addGhost(row: GhostRow): void {
    this.removeGhosts(row, row.version, row.hash);
    this.insert('ghost', row);
  }

  /** Of a version with that hash; with undefined, of the version whatever its hash. */
  removeGhosts(key: AppKey, version: string, hash?: string | null): void {
    this.run(
      `DELETE FROM ghost WHERE ${APP_KEY} AND version = @version ${hash === undefined ? '' : 'AND hash IS @hash'}`,
      { ...keyOf(key), version, ...(hash === undefined ? {} : { hash }) },
    );
  }

  /** Writes a run, or what became of it. */
  putRun(row: RunRow): void {
    const { columns, values } = columnsOf(row);
    this.run(`INSERT OR REPLACE INTO run (${columns.join(', ')}) VALUES (${values.join(', ')})`, { ...row });
  }

  updateRun(id: string, change: Pick<RunRow, 'release' | 'kind'>): void {
    this.update('run', 'id = @id', { id }, change);
  }

  /** Unexpected ends of a release's runs since a time. */
  unexpectedExits(key: AppKey, release: number, since: number): number {
    const row = this.one<{ count: number }>(
      `SELECT count(*) AS count FROM run
       WHERE ${APP_KEY} AND release = @release AND unexpected = 1 AND started_at >= @since`,
      { ...keyOf(key), release, since },
    );
    return row?.count ?? 0;
  }

  runById(id: string): RunRow | null {
    return this.one<RunRow>('SELECT * FROM run WHERE id = @id', { id });
  }

  /** Of one unit, newest first. */
  runsOf(key: AppKey, unit: string, limit: number): RunRow[] {
    return this.all<RunRow>(
      `SELECT * FROM run WHERE ${APP_KEY} AND unit = @unit ORDER BY started_at DESC, id DESC LIMIT @limit`,
      { ...keyOf(key), unit, limit },
    );
  }

  /** Keeps the newest of a unit. */
  pruneRunsOf(key: AppKey, unit: string, keep: number): void {
    this.run(
      `DELETE FROM run WHERE ${APP_KEY} AND unit = @unit AND id NOT IN (
         SELECT id FROM run WHERE ${APP_KEY} AND unit = @unit ORDER BY started_at DESC, id DESC LIMIT @keep)`,
      { ...keyOf(key), unit, keep },
    );
  }

  /** History that nobody looks at for long is not kept for ever. */
  pruneRuns(before: number): void {
    this.run('DELETE FROM run WHERE started_at < @before', { before });
  }

  secrets(key: AppKey): SecretRow[] {
    return this.all<SecretRow>(`SELECT * FROM secret WHERE ${APP_KEY} ORDER BY variable`, keyOf(key));
  }

  /** Of all apps. */
  allSecrets(): SecretRow[] {
    return this.all<SecretRow>('SELECT * FROM secret ORDER BY name, environment, variable', {});
  }

  putSecret(row: SecretRow): void {
    const { columns, values } = columnsOf(row);
    this.run(`INSERT OR REPLACE INTO secret (${columns.join(', ')}) VALUES (${values.join(', ')})`, {
      ...row,
    });
  }

  removeSecret(key: AppKey, variable: string): void {
    this.run(`DELETE FROM secret WHERE ${APP_KEY} AND variable = @variable`, { ...keyOf(key), variable });
  }

  /** Whether the delivery is new; it is not from then on. The newest 10,000 of all apps are known, for 30 days. */
  addDelivery(row: DeliveryRow): boolean {
    const { changes, lastInsertRowid } = this.run(
      'INSERT OR IGNORE INTO delivery (name, environment, key, at) VALUES (@name, @environment, @key, @at)',
      { ...row },
    );
    if (changes === 0) return false;
    this.run('DELETE FROM delivery WHERE at < @oldest', { oldest: row.at - DELIVERY_MAX_AGE_MS });
    this.run('DELETE FROM delivery WHERE rowid <= @last', {
      last: Number(lastInsertRowid) - DELIVERY_MAX_COUNT,
    });
    return true;
  }

  private insert(table: string, row: object): Database.RunResult {
    const { columns, values } = columnsOf(row);
    return this.run(`INSERT INTO ${table} (${columns.join(', ')}) VALUES (${values.join(', ')})`, { ...row });
  }

  private update(table: string, where: string, key: Row, change: object): void {
    const { columns, values } = columnsOf(change);
    if (columns.length === 0) return;
    const assignments = columns.map((column, index) => `${column} = ${values[index]}`);
    this.run(`UPDATE ${table} SET ${assignments.join(', ')} WHERE ${where}`, { ...key, ...(change as Row) });
  }

  private run(sql: string, values: Row): Database.RunResult {
    return this.statement(sql).run(values);
  }

  private one<T>(sql: string, values: Row): T | null {
    return camelCased<T>(this.statement(sql).get(values) as Row | undefined);
  }

  private all<T>(sql: string, values: Row): T[] {
    return (this.statement(sql).all(values) as Row[]).map((row) => camelCased<T>(row) as T);
  }

  private statement(sql: string): Database.Statement {
    let statement = this.statements.get(sql);
    if (!statement) {
      statement = this.database.prepare(sql);
      this.statements.set(sql, statement);
    }
    return statement;
  }
}

function keyOf({ name, environment }: AppKey): { name: string; environment: string } {
  return { name, environment };
}

/** Fields come from the types of rows, never from outside, so their names may stand in SQL. */
function columnsOf(row: object): { columns: string[]; values: string[] } {
  const fields = Object.entries(row).filter(([, value]) => value !== undefined);
  return {
    columns: fields.map(([field]) => field.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)),
    values: fields.map(([field]) => `@${field}`),
  };
}

function camelCased<T>(row: Row | undefined): T | null {
  if (!row) return null;
  const out: Record<string, Value> = {};
  for (const [column, value] of Object.entries(row))
    out[column.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())] = value as Value;
  return out as T;
}
