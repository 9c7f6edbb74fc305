import type { AuditQuery, AuditRow, Journal } from '../journal/index.ts';
import { type Clock, safeText } from '../kernel/index.ts';

type Details = AuditRow['before'];

/** What is written down before it is done. `before`: what it will change, never a secret. */
export interface Begun {
  actor: string;
  address: string | null;
  /** Id of the app that it is about. */
  app: string | null;
  /** The verb: `deploy`, `user invite`. */
  action: string;
  subject: string | null;
  before?: Details;
  /** Whether nobody knows who it was; default false. */
  stranger?: boolean;
}

export interface Ended {
  outcome: 'succeeded' | 'failed' | 'refused';
  reason?: string | null;
  /** What of it was changed; default: what it began with. */
  before?: Details;
  after?: Details;
}

const TOLD = { maxLength: 200 };
/** Of what was before and after, in JSON. */
const DETAILS_MAX = 4000;

/**
 * Who did what: a row before the effect, and its end after it. A full disk holds no stop and no rollback up: their rows wait
 * in memory then, as other records do.
 */
export class Audit {
  private readonly journal: Journal;
  private readonly clock: Clock;
  private lastSeq: number;

  constructor(journal: Journal, clock: Clock) {
    this.journal = journal;
    this.clock = clock;
    this.lastSeq = journal.tables.audit.last();
    journal.writeSoon('what an earlier agent had begun', ({ audit }) => audit.endBegun('the agent ended'));
  }

  /** Gives what `end` takes. */
  begin(begun: Begun): number {
    const row = this.rowOf(begun, { outcome: 'begun', reason: null, after: null });
    this.journal.writeNow(nameOf(row), ({ audit }) => audit.add(row));
    return row.seq;
  }

  end(seq: number, { outcome, reason = null, before, after = null }: Ended): void {
    const change = {
      ...{ outcome, reason, after: bounded(after) },
      ...(before === undefined ? {} : { before: bounded(before) }),
    };
    this.journal.writeSoon(`audit ${seq} ends`, ({ audit }) => audit.end(seq, change));
  }

  /** What nobody began, for he might not. Nothing follows from it, so the disk has time. */
  refused(begun: Begun, reason: string): void {
    const row = this.rowOf(begun, { outcome: 'refused', reason, after: null });
    this.journal.writeSoon(nameOf(row), ({ audit }) => audit.add(row));
  }

  /** Newest first. */
  list(query: AuditQuery): AuditRow[] {
    return this.journal.tables.audit.list(query);
  }

  private rowOf(begun: Begun, rest: Pick<AuditRow, 'outcome' | 'reason' | 'after'>): AuditRow {
    const { actor, address, app, action, subject, before = null, stranger = false } = begun;
    this.lastSeq += 1;
    return {
      seq: this.lastSeq,
      at: this.clock.now(),
      actor: safeText(actor, TOLD),
      address,
      app: app === null ? null : safeText(app, TOLD),
      action,
      subject: subject === null ? null : safeText(subject, TOLD),
      before: bounded(before),
      ...rest,
      stranger,
    };
  }
}

function nameOf({ actor, action }: AuditRow): string {
  return `audit: ${actor} ${action}`;
}

/** What is too long to be a small difference is not kept. */
function bounded(details: Details): Details {
  if (details === null || JSON.stringify(details).length <= DETAILS_MAX) return details;
  return { too_long: true };
}
