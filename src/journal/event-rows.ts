import type { EventEpoch, EventRow } from './rows.ts';
import type { Statements } from './statements.ts';

/** The rows of events, numbered by whoever adds them. */
export class EventRows {
  private readonly sql: Statements;

  constructor(sql: Statements) {
    this.sql = sql;
  }

  add(rows: readonly EventRow[]): void {
    for (const row of rows) this.sql.insert('event', row);
  }

  /** Oldest first. */
  after(seq: number, limit: number): EventRow[] {
    return this.sql.all<EventRow>('SELECT * FROM event WHERE seq > @seq ORDER BY seq LIMIT @limit', {
      seq,
      limit,
    });
  }

  /** The numbers of the oldest and of the newest one; null where there is none. */
  extent(): { first: number; last: number } | null {
    const row = this.sql.one<{ first: number | null; last: number | null }>(
      'SELECT (SELECT min(seq) FROM event) AS first, (SELECT max(seq) FROM event) AS last',
      {},
    );
    return row && row.first !== null && row.last !== null ? { first: row.first, last: row.last } : null;
  }

  /** Takes away those up to a number. */
  prune(upTo: number): void {
    this.sql.run('DELETE FROM event WHERE seq <= @upTo', { upTo });
  }

  epoch(): EventEpoch {
    return this.sql.one<EventEpoch>('SELECT * FROM event_epoch', {}) ?? { epoch: '', beginsAfter: 0 };
  }

  setEpoch(epoch: EventEpoch): void {
    this.sql.run('DELETE FROM event_epoch', {});
    this.sql.insert('event_epoch', epoch);
  }
}
