import type { AuditRow } from './audit-rows.ts';
import type { AppKey, DeploymentKind, DeploymentRow, DeploymentState, EventRow, RunRow } from './rows.ts';
import type { Statements } from './statements.ts';

const APP_KEY = 'name = @name AND environment = @environment';
const VERSIONS_KEPT = 20;
/** In how many of the last deployments of an app its instances are looked for. */
const DEPLOYMENTS_LOOKED_AT = 10;

export type NumberedRun = RunRow & { number: number; version: string | null };

export interface InstanceVersion {
  unit: string;
  version: string;
  since: number;
}

interface LastDeployment {
  unit: string | null;
  id: number;
  state: DeploymentState;
}

/** Newest first, the newest `limit` of those between two moments, milliseconds since the epoch, both inclusive. */
export interface Span {
  from: number;
  to: number;
  limit: number;
}

/** What has been, as it is looked back upon. */
export class HistoryRows {
  private readonly sql: Statements;

  constructor(sql: Statements) {
    this.sql = sql;
  }

  /** An instance runs a release from now on; nothing changes where it ran that before. */
  noteVersion({ name, environment }: AppKey, run: { unit: string; release: number; at: number }): void {
    const key = { name, environment, unit: run.unit };
    const last = this.sql.one<{ release: number }>(
      `SELECT release FROM instance_version WHERE ${APP_KEY} AND unit = @unit ORDER BY id DESC LIMIT 1`,
      key,
    );
    if (last?.release === run.release) return;
    this.sql.insert('instance_version', { ...key, release: run.release, since: run.at });
    this.sql.run(
      `DELETE FROM instance_version WHERE ${APP_KEY} AND unit = @unit AND id <= (
         SELECT id FROM instance_version WHERE ${APP_KEY} AND unit = @unit
         ORDER BY id DESC LIMIT 1 OFFSET ${VERSIONS_KEPT})`,
      key,
    );
  }

  /** What the instances of an app have run, newest first. */
  versions({ name, environment }: AppKey): InstanceVersion[] {
    return this.sql.all<InstanceVersion>(
      `SELECT unit, version, since FROM instance_version JOIN release USING (name, environment)
       WHERE ${APP_KEY} AND number = instance_version.release ORDER BY id DESC`,
      { name, environment },
    );
  }

  /** The last deployment that has touched each instance; under null the one that has touched all workers of a site. */
  lastDeployments({ name, environment }: AppKey): LastDeployment[] {
    return this.sql.all(
      `SELECT unit, max(deployment.id) AS id, state FROM (
         SELECT id, state FROM deployment WHERE ${APP_KEY} ORDER BY id DESC LIMIT ${DEPLOYMENTS_LOOKED_AT}
       ) AS deployment JOIN (SELECT deployment, unit, name, started_at FROM step) ON deployment = deployment.id
       WHERE (unit IS NOT NULL OR name = 'workers') AND started_at IS NOT NULL GROUP BY unit`,
      { name, environment },
    );
  }

  /** The runs of one unit, newest first. `before`: a number, exclusive. */
  runs(key: AppKey, page: { unit: string; limit: number; before: number | null }): NumberedRun[] {
    const { name, environment } = key;
    const { unit, limit, before } = page;
    return this.sql.all<NumberedRun>(
      `${RUNS} WHERE ${RUN_KEY} AND unit = @unit AND run.number < @before ORDER BY run.number DESC LIMIT @limit`,
      { name, environment, unit, limit, before: before ?? Number.MAX_SAFE_INTEGER },
    );
  }

  runsStarted({ name, environment }: AppKey, span: Span): NumberedRun[] {
    return this.sql.all<NumberedRun>(
      `${RUNS} WHERE ${RUN_KEY} AND started_at BETWEEN @from AND @to ORDER BY started_at DESC, run.number DESC LIMIT @limit`,
      { name, environment, ...span },
    );
  }

  runsEnded({ name, environment }: AppKey, span: Span): NumberedRun[] {
    return this.sql.all<NumberedRun>(
      `${RUNS} WHERE ${RUN_KEY} AND ended_at BETWEEN @from AND @to ORDER BY ended_at DESC, run.number DESC LIMIT @limit`,
      { name, environment, ...span },
    );
  }

  /** Of each unit the last run that began before a moment. */
  lastRuns({ name, environment }: AppKey, before: number): NumberedRun[] {
    return this.sql.all<NumberedRun>(
      `${RUNS} WHERE run.number IN (
         SELECT max(number) FROM run
         WHERE name = @name AND environment = @environment AND started_at < @before GROUP BY unit)`,
      { name, environment, before },
    );
  }

  deploymentsBegun({ name, environment }: AppKey, span: Span): DeploymentRow[] {
    return this.sql.all<DeploymentRow>(
      `SELECT * FROM deployment WHERE ${APP_KEY} AND started_at BETWEEN @from AND @to
       ORDER BY started_at DESC, id DESC LIMIT @limit`,
      { name, environment, ...span },
    );
  }

  deploymentsEnded({ name, environment }: AppKey, span: Span): DeploymentRow[] {
    return this.sql.all<DeploymentRow>(
      `SELECT * FROM deployment WHERE ${APP_KEY} AND ended_at BETWEEN @from AND @to
       ORDER BY ended_at DESC, id DESC LIMIT @limit`,
      { name, environment, ...span },
    );
  }

  /** Of an app; null: of none. */
  events(app: string | null, { types, ...span }: Span & { types: readonly string[] }): EventRow[] {
    return this.sql.all<EventRow>(
      `SELECT * FROM event WHERE app IS @app AND at BETWEEN @from AND @to
       AND type IN (SELECT value FROM json_each(@types)) ORDER BY at DESC, seq DESC LIMIT @limit`,
      { app, ...span, types: JSON.stringify(types) },
    );
  }

  /** Of an app; null: of none. */
  audit(app: string | null, span: Span): AuditRow[] {
    return this.sql.all<AuditRow>(
      `SELECT * FROM audit WHERE app IS @app AND at BETWEEN @from AND @to ORDER BY seq DESC LIMIT @limit`,
      { app, ...span },
    );
  }

  /** How long each step took in the last deployments of a kind that have succeeded. */
  stepTimes(
    { name, environment }: AppKey,
    { kind, last }: { kind: DeploymentKind; last: number },
  ): { name: string; argument: string | null; unit: string | null; ms: number }[] {
    return this.sql.all(
      `SELECT name, argument, unit, ended_at - started_at AS ms FROM step
       WHERE state = 'succeeded' AND started_at IS NOT NULL AND ended_at IS NOT NULL AND deployment IN (
         SELECT id FROM deployment WHERE ${APP_KEY} AND kind = @kind AND state = 'succeeded'
         ORDER BY id DESC LIMIT @last)
       ORDER BY deployment DESC, position`,
      { name, environment, kind, last },
    );
  }

  /**
   * Keeps of a unit's runs the newest `keep`, and none that ended before a moment but for the newest `always`.
   */
  pruneRuns(
    { name, environment }: AppKey,
    { unit, keep, always, endedBefore }: { unit: string; keep: number; always: number; endedBefore: number },
  ): void {
    const nth = (offset: string) =>
      `(SELECT number FROM run WHERE ${APP_KEY} AND unit = @unit ORDER BY number DESC LIMIT 1 OFFSET ${offset})`;
    this.sql.run(
      `DELETE FROM run WHERE ${APP_KEY} AND unit = @unit
       AND (number <= ${nth('@keep')} OR (number <= ${nth('@always')} AND ended_at < @endedBefore))`,
      { name, environment, unit, keep, always, endedBefore },
    );
  }
}

const RUN_KEY = 'run.name = @name AND run.environment = @environment';
const RUNS = `SELECT run.*, release.version FROM run LEFT JOIN release
  ON release.name = run.name AND release.environment = run.environment AND release.number = run.release`;
