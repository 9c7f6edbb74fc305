import type { Happening } from '../api/index.ts';
import { type Clock, Event, safeText } from '../kernel/index.ts';

const KEPT = 1000;

/** What happened lately, numbered, so that a reader who was cut off goes on where it was. */
export class EventLog {
  readonly happened = new Event<Happening>();
  private readonly kept: Happening[] = [];
  /** Begins with the time, so that numbers go on growing when the next agent begins anew. */
  private seq: number;
  private readonly clock: Clock;

  constructor(clock: Clock) {
    this.clock = clock;
    this.seq = clock.now();
  }

  add(event: { app: string | null; type: string; message: string }): void {
    const message = safeText(event.message);
    const happening = { seq: ++this.seq, at: new Date(this.clock.now()).toISOString(), ...event, message };
    this.kept.push(happening);
    if (this.kept.length > KEPT) this.kept.shift();
    this.happened.emit(happening);
  }

  since(seq: number): Happening[] {
    return this.kept.filter((happening) => happening.seq > seq);
  }
}
