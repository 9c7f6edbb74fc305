import type { Statements } from './statements.ts';

/** So many runs of a unit, and deployments of an app, are kept whatever their age. */
const RUNS_ALWAYS = 50;
const DEPLOYMENTS_ALWAYS = 50;
/** Rows that are looked at in one step: a few milliseconds. */
const SLICE = 1000;

export type OldTable = 'event' | 'run' | 'deployment' | 'audit' | 'release';

/** Where a pass over a table is: the number that it goes on after. */
export type Cursor = number;

/**
 * What may go, each by its time: never what is going on, what is kept of a unit or an app whatever its age, a deployment whose
 * release is on the disk, or a release that something still speaks of. Ghosts, pins and users have no age.
 */
const MAY_GO: Record<OldTable, { key: string; at: string; unless: string }> = {
  event: { key: 'seq', at: 'at', unless: 'FALSE' },
  audit: { key: 'seq', at: 'at', unless: `outcome = 'begun'` },
  run: {
    key: 'number',
    at: 'coalesce(ended_at, 9e15)',
    unless: `number >= (SELECT min(number) FROM (
      SELECT number FROM run AS other
      WHERE other.name = run.name AND other.environment = run.environment AND other.unit = run.unit
      ORDER BY number DESC LIMIT ${RUNS_ALWAYS}))`,
  },
  deployment: {
    key: 'id',
    at: 'coalesce(ended_at, 9e15)',
    unless: `id >= (SELECT min(id) FROM (
        SELECT id FROM deployment AS other
        WHERE other.name = deployment.name AND other.environment = deployment.environment
        ORDER BY id DESC LIMIT ${DEPLOYMENTS_ALWAYS}))
      OR EXISTS (SELECT 1 FROM release WHERE release.name = deployment.name
        AND release.environment = deployment.environment AND number = deployment.release AND removed_at IS NULL)`,
  },
  release: {
    key: 'rowid',
    at: 'coalesce(removed_at, 9e15)',
    unless: `EXISTS (SELECT 1 FROM deployment WHERE deployment.name = release.name
        AND deployment.environment = release.environment AND deployment.release = release.number)
      OR EXISTS (SELECT 1 FROM run WHERE run.name = release.name
        AND run.environment = release.environment AND run.release = release.number)
      OR EXISTS (SELECT 1 FROM app WHERE app.name = release.name
        AND app.environment = release.environment AND app.live = release.number)`,
  },
};

/** The rows of the past, and how they go: a slice at a time, so that nothing else waits for long. */
export class OldRows {
  private readonly sql: Statements;

  constructor(sql: Statements) {
    this.sql = sql;
  }

  /** Pages with something in them. Those that became free are used again before the file grows. */
  usedBytes(): number {
    return (
      this.sql.one<{ bytes: number }>(
        `SELECT (page_count - freelist_count) * page_size AS bytes
         FROM pragma_page_count, pragma_freelist_count, pragma_page_size`,
        {},
      )?.bytes ?? 0
    );
  }

  /** The time of the oldest event, run or deployment that has ended; null where there is none. */
  oldestAt(): number | null {
    const row = this.sql.one<{ at: number | null }>(
      `SELECT min(at) AS at FROM (
         SELECT at FROM (SELECT at FROM event ORDER BY seq LIMIT 1)
         UNION ALL SELECT at FROM (SELECT ended_at AS at FROM run ORDER BY number LIMIT 1)
         UNION ALL SELECT at FROM (SELECT ended_at AS at FROM deployment ORDER BY id LIMIT 1))`,
      {},
    );
    return row?.at ?? null;
  }

  /**
   * Takes away what is older than a moment among the next rows of a table. Gives where to go on; null where the rest of it is
   * younger, or there is none.
   */
  pruneSlice(table: OldTable, { after, before }: { after: Cursor; before: number }): Cursor | null {
    const { key, at, unless } = MAY_GO[table];
    // Other names than those of fields that are JSON in the database.
    const slice = `SELECT ${key} AS key, ${at} AS at FROM ${table} WHERE ${key} > @from ORDER BY ${key} LIMIT ${SLICE}`;
    const seen = this.sql.one<{ last: number | null; count: number; old: number }>(
      `SELECT max(key) AS last, count(*) AS count, count(*) FILTER (WHERE at < @olderThan) AS old FROM (${slice})`,
      { from: after, olderThan: before },
    );
    if (!seen || seen.last === null) return null;
    if (seen.old > 0)
      this.sql.run(
        `DELETE FROM ${table} WHERE ${key} > @from AND ${key} <= @last AND ${at} < @before AND NOT (${unless})`,
        { from: after, last: seen.last, before },
      );
    return seen.old === 0 || seen.count < SLICE ? null : seen.last;
  }
}
