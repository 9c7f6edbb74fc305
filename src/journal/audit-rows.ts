import type { Statements } from './statements.ts';

/**
 * So many rows are kept of those who are known, and of those who are not: whoever knocks pushes nobody's deeds out. Of those who
 * are known, whoever has most gives way, with what was refused first: nobody hides what he or another one did behind a
 * hundred thousand refusals.
 */
const KEPT = 90_000;
const KEPT_OF_STRANGERS = 10_000;
/** To count them costs some milliseconds, so it is not done each time. */
const PRUNED_EACH = 256;

export type Difference = Readonly<Record<string, unknown>>;

export interface AuditRow {
  seq: number;
  at: number;
  actor: string;
  address: string | null;
  /** Id of the app that it is about. */
  app: string | null;
  action: string;
  subject: string | null;
  outcome: 'begun' | 'succeeded' | 'failed' | 'refused' | 'unknown';
  reason: string | null;
  before: Difference | null;
  after: Difference | null;
  /** Whether nobody knows who it was. */
  stranger: boolean;
}

/** `apps`: those that the reader may know of; null: all, and what is about none. `before`: a `seq`, exclusive. */
export interface AuditQuery {
  app: string | null;
  apps: readonly string[] | null;
  actor: string | null;
  limit: number;
  before: number | null;
}

/** Who did what. */
export class AuditRows {
  private readonly sql: Statements;

  constructor(sql: Statements) {
    this.sql = sql;
  }

  add(row: AuditRow): void {
    this.sql.insert('audit', row);
    if (row.seq % PRUNED_EACH === 0) this.prune();
  }

  end(
    seq: number,
    change: Pick<AuditRow, 'outcome' | 'reason' | 'after'> & Partial<Pick<AuditRow, 'before'>>,
  ): void {
    this.sql.update('audit', 'seq = @seq', { key: { seq }, change });
  }

  /** What was begun and has no end: the agent that began it ended first. */
  endBegun(reason: string): void {
    this.sql.run(`UPDATE audit SET outcome = 'unknown', reason = @reason WHERE outcome = 'begun'`, {
      reason,
    });
  }

  last(): number {
    return this.sql.one<{ seq: number }>('SELECT max(seq) AS seq FROM audit', {})?.seq ?? 0;
  }

  /** Newest first. */
  list({ app, apps, actor, limit, before }: AuditQuery): AuditRow[] {
    const conditions = [
      ...(app === null ? [] : ['app = @app']),
      ...(apps === null ? [] : ['app IN (SELECT value FROM json_each(@known))']),
      ...(actor === null ? [] : ['actor = @actor']),
      ...(before === null ? [] : ['seq < @before']),
    ];
    const where = conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`;
    return this.sql.all<AuditRow>(`SELECT * FROM audit ${where} ORDER BY seq DESC LIMIT @limit`, {
      limit,
      ...(app === null ? {} : { app }),
      ...(apps === null ? {} : { known: JSON.stringify(apps) }),
      ...(actor === null ? {} : { actor }),
      ...(before === null ? {} : { before }),
    });
  }

  private prune(): void {
    this.sql.run(
      `DELETE FROM audit WHERE stranger = 1 AND seq <= (
         SELECT seq FROM audit WHERE stranger = 1 ORDER BY seq DESC LIMIT 1 OFFSET @kept)`,
      { kept: KEPT_OF_STRANGERS },
    );
    const known = this.sql.one<{ count: number }>(
      'SELECT count(*) AS count FROM audit WHERE stranger = 0',
      {},
    );
    const tooMany = (known?.count ?? 0) - KEPT;
    if (tooMany > 0)
      this.sql.run(
        `DELETE FROM audit WHERE seq IN (
           SELECT seq FROM audit WHERE stranger = 0 AND actor = (
             SELECT actor FROM audit WHERE stranger = 0 GROUP BY actor ORDER BY count(*) DESC LIMIT 1)
           ORDER BY outcome = 'refused' DESC, seq LIMIT @tooMany)`,
        { tooMany },
      );
  }
}
