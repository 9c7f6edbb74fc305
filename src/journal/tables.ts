import type Database from 'better-sqlite3';
import { AccessRows } from './access-rows.ts';
import { AuditRows } from './audit-rows.ts';
import { EventRows } from './event-rows.ts';
import { HistoryRows } from './history-rows.ts';
import { InstanceRows, keptKey } from './instance-rows.ts';
import { KnownSecretRows } from './known-secret-rows.ts';
import { OldRows } from './old-rows.ts';
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
import { Statements } from './statements.ts';
import { WholeRows } from './whole-rows.ts';

const DELIVERY_MAX_AGE_MS = 30 * 86_400_000;
const DELIVERY_MAX_COUNT = 10_000;

const APP_KEY = 'name = @name AND environment = @environment';

/** Rows in and out: every statement of the house is here or, by its subject, beside it. */
export class Tables {
  private readonly sql: Statements;
  /** Kept in memory, as those of instances are. */
  private readonly apps = new Map<string, AppRow>();
  private readonly instanceRows: InstanceRows;
  readonly events: EventRows;
  readonly history: HistoryRows;
  readonly access: AccessRows;
  readonly audit: AuditRows;
  readonly whole: WholeRows;
  readonly knownSecrets: KnownSecretRows;
  readonly old: OldRows;

  constructor(database: Database.Database) {
    this.sql = new Statements(database);
    this.instanceRows = new InstanceRows(this.sql);
    this.events = new EventRows(this.sql);
    this.history = new HistoryRows(this.sql);
    this.access = new AccessRows(this.sql);
    this.audit = new AuditRows(this.sql);
    this.whole = new WholeRows(this.sql);
    this.knownSecrets = new KnownSecretRows(this.sql);
    this.old = new OldRows(this.sql);
  }

  /** An entry was rolled back: nothing that is kept in memory counts. */
  forget(): void {
    this.apps.clear();
    this.instanceRows.forget();
  }

  app(key: AppKey): AppRow | null {
    const kept = this.apps.get(keptKey(key));
    if (kept) return kept;
    const row = this.sql.one<AppRow>(`SELECT * FROM app WHERE ${APP_KEY}`, keyOf(key));
    if (row) this.apps.set(keptKey(key), row);
    return row;
  }

  addApp(key: AppKey): void {
    this.sql.run('INSERT OR IGNORE INTO app (name, environment) VALUES (@name, @environment)', keyOf(key));
  }

  updateApp(key: AppKey, change: Partial<Omit<AppRow, keyof AppKey>>): void {
    this.sql.update('app', APP_KEY, { key: keyOf(key), change });
    this.apps.delete(keptKey(key));
  }

  release(key: AppKey, number: number): ReleaseRow | null {
    return this.sql.one<ReleaseRow>(`SELECT * FROM release WHERE ${APP_KEY} AND number = @number`, {
      ...keyOf(key),
      number,
    });
  }

  /** Newest first. */
  releases(key: AppKey): ReleaseRow[] {
    return this.sql.all<ReleaseRow>(
      `SELECT * FROM release WHERE ${APP_KEY} ORDER BY number DESC`,
      keyOf(key),
    );
  }

  addRelease(row: ReleaseRow): void {
    this.sql.insert('release', row);
  }

  /** Writes it over the one of that number. */
  putRelease(row: ReleaseRow): void {
    this.sql.insertOrReplace('release', row);
  }

  updateRelease(
    key: AppKey,
    number: number,
    change: Partial<Omit<ReleaseRow, keyof AppKey | 'number'>>,
  ): void {
    this.sql.update('release', `${APP_KEY} AND number = @number`, { key: { ...keyOf(key), number }, change });
  }

  deployment(id: number): DeploymentRow | null {
    return this.sql.one<DeploymentRow>('SELECT * FROM deployment WHERE id = @id', { id });
  }

  /** Newest first. */
  deployments(key: AppKey, limit = 1000): DeploymentRow[] {
    return this.sql.all<DeploymentRow>(
      `SELECT * FROM deployment WHERE ${APP_KEY} ORDER BY id DESC LIMIT @limit`,
      {
        ...keyOf(key),
        limit,
      },
    );
  }

  /** Newest first, those with an id less than `before`; null: without such a bound. */
  pageOfDeployments(key: AppKey, page: { limit: number | null; before: number | null }): DeploymentRow[] {
    const { limit, before } = page;
    return this.sql.all<DeploymentRow>(
      `SELECT * FROM deployment WHERE ${APP_KEY} AND id < @before ORDER BY id DESC LIMIT @limit`,
      { ...keyOf(key), limit: limit ?? 1000, before: before ?? Number.MAX_SAFE_INTEGER },
    );
  }

  /** Those that have not ended, oldest first. */
  openDeployments(key: AppKey): DeploymentRow[] {
    return this.sql.all<DeploymentRow>(
      `SELECT * FROM deployment WHERE ${APP_KEY} AND state IN ('queued', 'running') ORDER BY id`,
      keyOf(key),
    );
  }

  addDeployment(
    row: Omit<DeploymentRow, 'id' | 'boot' | 'pinnedBefore' | 'promotedBy' | 'runsBefore'>,
  ): number {
    return Number(this.sql.insert('deployment', row).lastInsertRowid);
  }

  updateDeployment(id: number, change: Partial<Omit<DeploymentRow, keyof AppKey | 'id'>>): void {
    this.sql.update('deployment', 'id = @id', { key: { id }, change });
  }

  steps(deployment: number): StepRow[] {
    return this.sql.all<StepRow>('SELECT * FROM step WHERE deployment = @deployment ORDER BY position', {
      deployment,
    });
  }

  addStep(row: StepRow): void {
    this.sql.insert('step', row);
  }

  updateStep(
    deployment: number,
    position: number,
    change: Partial<Omit<StepRow, 'deployment' | 'position'>>,
  ): void {
    this.sql.update('step', 'deployment = @deployment AND position = @position', {
      key: { deployment, position },
      change,
    });
  }

  /** The instances in the order of their units. */
  instances(key: AppKey): InstanceRow[] {
    return this.instanceRows.all(key);
  }

  instance(key: AppKey, unit: string): InstanceRow | null {
    return this.instanceRows.one(key, unit);
  }

  addInstance(key: AppKey, unit: string, release: number | null): void {
    this.instanceRows.add(key, unit, release);
  }

  updateInstance(key: AppKey, unit: string, change: Partial<Omit<InstanceRow, keyof AppKey | 'unit'>>): void {
    this.instanceRows.update(key, unit, change);
  }

  removeInstance(key: AppKey, unit: string): void {
    this.instanceRows.remove(key, unit);
  }

  ghosts(key: AppKey): GhostRow[] {
    return this.sql.all<GhostRow>(`SELECT * FROM ghost WHERE ${APP_KEY} ORDER BY rowid`, keyOf(key));
  }

  addGhost(row: GhostRow): void {
    this.removeGhosts(row, row.version, row.hash);
    this.sql.insert('ghost', row);
  }

  /** Removes the ghosts of a version with that hash; with undefined, those of the version whatever its hash. */
  removeGhosts(key: AppKey, version: string, hash?: string | null): void {
    this.sql.run(
      `DELETE FROM ghost WHERE ${APP_KEY} AND version = @version ${hash === undefined ? '' : 'AND hash IS @hash'}`,
      { ...keyOf(key), version, ...(hash === undefined ? {} : { hash }) },
    );
  }

  /** Writes a run, or what became of it. */
  putRun(row: RunRow): void {
    this.sql.upsert('run', { key: 'id', row });
  }

  updateRun(id: string, change: Pick<RunRow, 'release' | 'kind'>): void {
    this.sql.update('run', 'id = @id', { key: { id }, change });
  }

  /** Number of the last one, of whatever app; 0 where there is none. */
  lastRun(): number {
    return this.sql.one<{ number: number }>('SELECT max(number) AS number FROM run', {})?.number ?? 0;
  }

  /** Unexpected ends of a release's runs that were started after another one. */
  unexpectedExits(key: AppKey, release: number, after: number): number {
    const row = this.sql.one<{ count: number }>(
      `SELECT count(*) AS count FROM run
       WHERE ${APP_KEY} AND release = @release AND unexpected = 1 AND number > @after`,
      { ...keyOf(key), release, after },
    );
    return row?.count ?? 0;
  }

  runById(id: string): RunRow | null {
    return this.sql.one<RunRow>('SELECT * FROM run WHERE id = @id', { id });
  }

  /** The runs of one unit, newest first. */
  runsOf(key: AppKey, unit: string, limit: number): RunRow[] {
    return this.sql.all<RunRow>(
      `SELECT * FROM run WHERE ${APP_KEY} AND unit = @unit ORDER BY number DESC LIMIT @limit`,
      { ...keyOf(key), unit, limit },
    );
  }

  /** Keeps the newest of a unit. */
  pruneRunsOf(key: AppKey, unit: string, keep: number): void {
    this.sql.run(
      `DELETE FROM run WHERE ${APP_KEY} AND unit = @unit AND number NOT IN (
         SELECT number FROM run WHERE ${APP_KEY} AND unit = @unit ORDER BY number DESC LIMIT @keep)`,
      { ...keyOf(key), unit, keep },
    );
  }

  secrets(key: AppKey): SecretRow[] {
    return this.sql.all<SecretRow>(`SELECT * FROM secret WHERE ${APP_KEY} ORDER BY variable`, keyOf(key));
  }

  /** The secrets of all apps. */
  allSecrets(): SecretRow[] {
    return this.sql.all<SecretRow>('SELECT * FROM secret ORDER BY name, environment, variable', {});
  }

  putSecret(row: SecretRow): void {
    this.sql.insertOrReplace('secret', row);
  }

  removeSecret(key: AppKey, variable: string): void {
    this.sql.run(`DELETE FROM secret WHERE ${APP_KEY} AND variable = @variable`, { ...keyOf(key), variable });
  }

  /** Whether the delivery is new; it is not from then on. The newest 10,000 of all apps are known, for 30 days. */
  addDelivery(row: DeliveryRow): boolean {
    const { changes, lastInsertRowid } = this.sql.run(
      'INSERT OR IGNORE INTO delivery (name, environment, key, at) VALUES (@name, @environment, @key, @at)',
      { ...row },
    );
    if (changes === 0) return false;
    this.sql.run('DELETE FROM delivery WHERE at < @oldest', { oldest: row.at - DELIVERY_MAX_AGE_MS });
    this.sql.run('DELETE FROM delivery WHERE rowid <= @last', {
      last: Number(lastInsertRowid) - DELIVERY_MAX_COUNT,
    });
    return true;
  }
}

function keyOf({ name, environment }: AppKey): { name: string; environment: string } {
  return { name, environment };
}
