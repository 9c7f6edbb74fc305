import { randomBytes } from 'node:crypto';
import type { EventRow, Journal } from '../../journal/index.ts';
import { type Clock, Event, safeText } from '../../kernel/index.ts';
import { Spacing } from './spacing.ts';

/** What comes in many turns, a few milliseconds apart, is one entry: a little sooner than the journal, which goes with it. */
const GATHER_MS = 8;
const MAX_WAITING = 1000;
const KEPT_IN_MEMORY = 1000;
const KEPT = 50_000;
const PRUNE_EVERY = 500;
const RETRY_MS = 2000;
const MESSAGE_MAX_LENGTH = 1000;

/** Something that a page shows has changed. */
export interface ToldEvent {
  app: string | null;
  /** Its first part says of what: `instance.ready`, `deployment.succeeded`. */
  type: string;
  message: string;
  /** `shop/1`. */
  instance?: string | undefined;
  deployment?: number | undefined;
}

/** As it was told: no two have the same id, whatever becomes of the agent. */
export interface NumberedEvent extends EventRow {
  /** `<epoch>:<seq>`. */
  id: string;
}

export interface EventLogOptions {
  journal: Journal;
  clock: Clock;
  /** How many the journal keeps. */
  kept?: number;
}

/**
 * What happens, numbered, kept in the journal, and told from there: an event is written before anybody hears of it, so
 * that a reader who was cut off, by the death of the agent too, goes on where he was. Where the journal cannot be
 * written, events are told all the same, under an epoch that is not resumed from, and another epoch begins afterwards.
 */
export class EventLog {
  /** There is more to read. */
  readonly grown = new Event<void>();
  private readonly journal: Journal;
  private readonly clock: Clock;
  private readonly kept: number;
  private readonly spacing: Spacing<ToldEvent & { at: number }>;
  private waiting: (ToldEvent & { at: number })[] = [];
  private cancelFlush: (() => void) | null = null;
  /** The newest, their numbers without a gap. */
  private recent: NumberedEvent[] = [];
  private lastSeq: number;
  private epoch: string;
  /** Of the events after this one all are in the journal, under the epoch. */
  private beginsAfter: number;
  /** Set while the journal cannot be written. */
  private outage: { epoch: string; isRecorded: boolean; retryAtMs: number } | null = null;
  private unpruned = PRUNE_EVERY;

  constructor({ journal, clock, kept = KEPT }: EventLogOptions) {
    this.journal = journal;
    this.clock = clock;
    this.kept = kept;
    this.spacing = new Spacing(clock, (event) => this.enqueue(event));
    const { events } = journal.tables;
    const { epoch, beginsAfter } = events.epoch();
    this.epoch = epoch;
    this.beginsAfter = beginsAfter;
    this.lastSeq = Math.max(events.extent()?.last ?? 0, beginsAfter);
  }

  add(event: ToldEvent): void {
    const message = safeText(event.message, { maxLength: MESSAGE_MAX_LENGTH });
    this.spacing.add(kindOf(event), { ...event, message, at: this.clock.now() });
  }

  /** The id of the newest one. */
  get lastId(): string {
    return this.idOf(this.lastSeq);
  }

  get last(): number {
    return this.lastSeq;
  }

  /** The number of the event with that id, where all that came after it can be told; else null. */
  find(id: string): number | null {
    const [, epoch, digits] = /^([0-9a-f]{1,40}):(\d{1,15})$/.exec(id) ?? [];
    const seq = Number(digits);
    if (epoch === undefined || seq > this.lastSeq) return null;
    const inMemory = this.recent[seq - this.firstRecent];
    if (inMemory) return inMemory.id === id ? seq : null;
    return epoch === this.epoch && this.isComplete(seq) ? seq : null;
  }

  /** Those after a number, the oldest first; null where one of them is kept no longer. */
  after(seq: number, limit: number): NumberedEvent[] | null {
    const index = seq + 1 - this.firstRecent;
    if (index >= 0) return this.recent.slice(index, index + limit);
    if (!this.isComplete(seq)) return null;
    const rows = this.journal.tables.events.after(seq, limit);
    return rows.map((row) => ({ ...row, id: `${this.epoch}:${row.seq}` }));
  }

  /** Nothing waits afterwards. */
  flush(): void {
    this.spacing.flush();
    this.tell();
  }

  private get firstRecent(): number {
    return this.lastSeq + 1 - this.recent.length;
  }

  private isComplete(seq: number): boolean {
    if (this.outage || seq < this.beginsAfter) return false;
    const first = this.journal.tables.events.extent()?.first ?? this.lastSeq + 1;
    return seq >= first - 1;
  }

  private idOf(seq: number): string {
    return this.recent[seq - this.firstRecent]?.id ?? `${this.outage?.epoch ?? this.epoch}:${seq}`;
  }

  private enqueue(event: ToldEvent & { at: number }): void {
    // Whoever reads looks at everything anew, and so need not hear of each.
    if (this.waiting.length >= MAX_WAITING) this.waiting = [much(event.at)];
    this.waiting.push(event);
    this.cancelFlush ??= this.clock.after(GATHER_MS, () => this.tell());
  }

  private tell(): void {
    this.cancelFlush?.();
    this.cancelFlush = null;
    const told = this.waiting.map((event, index) => rowOf(event, this.lastSeq + 1 + index));
    if (told.length === 0) return;
    this.waiting = [];
    const epoch = this.write(told);
    this.lastSeq += told.length;
    for (const row of told) this.recent.push({ ...row, id: `${epoch}:${row.seq}` });
    this.recent = this.recent.slice(-KEPT_IN_MEMORY);
    this.grown.emit();
  }

  /** Under which epoch they may be told. */
  private write(rows: readonly EventRow[]): string {
    const { outage } = this;
    if (outage && this.clock.monotonicMs() < outage.retryAtMs) return outage.epoch;
    const isToPrune = this.unpruned + rows.length > PRUNE_EVERY;
    // What was told during the outage is not in the journal: nobody may go on from before it.
    const epoch = outage ? newEpoch() : this.epoch;
    const beginsAfter = outage ? this.lastSeq : this.beginsAfter;
    try {
      this.journal.note(({ events }) => {
        if (outage) events.setEpoch({ epoch, beginsAfter });
        events.add(rows);
        if (isToPrune) events.prune(this.lastSeq + rows.length - this.kept);
      });
    } catch {
      return this.noteOutage().epoch;
    }
    Object.assign(this, { epoch, beginsAfter, outage: null });
    this.unpruned = isToPrune ? 0 : this.unpruned + rows.length;
    return epoch;
  }

  /**
   * The journal has said why. The epoch is ended at once, as far as there is room for what saves: the next agent, too, must
   * not go on from before what is told now.
   */
  private noteOutage(): NonNullable<EventLog['outage']> {
    const outage = this.outage ?? { epoch: newEpoch(), isRecorded: false, retryAtMs: 0 };
    outage.retryAtMs = this.clock.monotonicMs() + RETRY_MS;
    this.outage = outage;
    if (outage.isRecorded) return outage;
    try {
      this.journal.decide('events are told without being kept', ({ events }) =>
        events.setEpoch({ epoch: newEpoch(), beginsAfter: this.lastSeq }),
      );
      outage.isRecorded = true;
    } catch {
      // It is tried again with the next ones.
    }
    return outage;
  }
}

function newEpoch(): string {
  return randomBytes(6).toString('hex');
}

/** Where many come at once, one takes the place of another one: of the states of an instance the last one counts. */
function kindOf({ app, type, instance, deployment }: ToldEvent): string {
  const subject = instance ?? deployment ?? app ?? '';
  return `${subject} ${/^instance\.(?!crashed)/.test(type) ? 'instance' : type}`;
}

function much(at: number): ToldEvent & { at: number } {
  return { at, app: null, type: 'resync', message: 'so much happens that not all of it is told' };
}

function rowOf(event: ToldEvent & { at: number }, seq: number): EventRow {
  const { at, app, type, message, instance = null, deployment = null } = event;
  return { seq, at, app, type, message, instance, deployment };
}
