import type { AppKey } from './rows.ts';
import type { Statements } from './statements.ts';

/** Tables whose numbers are never used again, nor may be by a journal that was put back. */
const NUMBERED = ['deployment', 'run', 'audit', 'event'] as const;
const NUMBER_OF = { deployment: 'id', run: 'number', audit: 'seq', event: 'seq' } as const;

export type HighestNumbers = Record<(typeof NUMBERED)[number], number>;

/** The journal as a whole, for those who copy it and put it back. */
export class WholeRows {
  private readonly sql: Statements;

  constructor(sql: Statements) {
    this.sql = sql;
  }

  apps(): AppKey[] {
    return this.sql.all<AppKey>('SELECT name, environment FROM app ORDER BY name, environment', {});
  }

  /** When something was last written into it; 0 for one that is empty. */
  lastAt(): number {
    return (
      this.sql.one<{ at: number | null }>(
        `SELECT max(at) AS at FROM (
           SELECT max(at) AS at FROM event UNION ALL SELECT max(at) FROM audit
           UNION ALL SELECT max(queued_at) FROM deployment UNION ALL SELECT max(ended_at) FROM deployment
           UNION ALL SELECT max(started_at) FROM run)`,
        {},
      )?.at ?? 0
    );
  }

  highestNumbers(): HighestNumbers {
    const highest = (table: (typeof NUMBERED)[number]) =>
      Math.max(
        this.sql.one<{ number: number }>(`SELECT max(${NUMBER_OF[table]}) AS number FROM ${table}`, {})
          ?.number ?? 0,
        this.sql.one<{ seq: number }>('SELECT seq FROM sqlite_sequence WHERE name = @table', { table })
          ?.seq ?? 0,
      );
    return {
      deployment: highest('deployment'),
      run: highest('run'),
      audit: highest('audit'),
      event: highest('event'),
    };
  }

  /** From here on deployments and runs have higher numbers: files beside the journal are named after them. */
  numberFrom(highest: HighestNumbers): void {
    for (const table of ['deployment', 'run'] as const) {
      const seq = highest[table];
      const { changes } = this.sql.run(
        'UPDATE sqlite_sequence SET seq = max(seq, @seq) WHERE name = @table',
        {
          ...{ table, seq },
        },
      );
      if (changes === 0)
        this.sql.run('INSERT INTO sqlite_sequence (name, seq) VALUES (@table, @seq)', { table, seq });
    }
  }

  /** Ends what had not ended: nobody goes on with it. */
  endOpenDeployments(reason: string, at: number): void {
    this.sql.run(
      `UPDATE step SET state = 'cancelled', reason = @reason, ended_at = @at WHERE state IN ('pending', 'running')
       AND deployment IN (SELECT id FROM deployment WHERE state IN ('queued', 'running'))`,
      { reason, at },
    );
    this.sql.run(
      `UPDATE deployment SET state = 'cancelled', reason = @reason, ended_at = @at
       WHERE state IN ('queued', 'running')`,
      { reason, at },
    );
  }
}
