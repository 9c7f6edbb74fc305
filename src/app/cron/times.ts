import type { Clock } from '../../kernel/index.ts';

/** A timer stands still while the host is suspended, and knows nothing of a clock that is set: the time is looked at. */
const LOOK_MS = 60_000;
/** A clock that was set back by less than this: times that have been are not had again. */
const SET_BACK_MS = 3_600_000;

/** The next time of a schedule after a moment, in milliseconds since the epoch; null where there is none. */
export type NextTime = (schedule: string, after: number) => number | null;

/** Times are those of the host's time zone. The library is loaded where there is something to compute. */
export async function loadNextTime(): Promise<NextTime> {
  const { Cron } = await import('croner');
  return (schedule, after) => {
    try {
      return new Cron(schedule, { mode: '5-or-6-parts' }).nextRun(new Date(after))?.getTime() ?? null;
    } catch {
      return null;
    }
  };
}

/** When each of several schedules is due. Times that passed unseen count as one. */
export class Times {
  private readonly clock: Clock;
  private readonly onDue: (name: string, at: number) => void;
  private readonly entries = new Map<string, { schedule: string; at: number | null }>();
  private nextTime: NextTime = () => null;
  private seen = 0;
  private cancel: () => void = () => undefined;

  constructor(options: { clock: Clock; onDue: (name: string, at: number) => void }) {
    this.clock = options.clock;
    this.onDue = options.onDue;
  }

  /** `since`: where it was looked at before this, until when; what was due since then is due now. */
  set(
    entries: readonly { name: string; schedule: string; since: number | null }[],
    nextTime: NextTime,
  ): void {
    this.nextTime = nextTime;
    const now = this.clock.now();
    for (const name of this.entries.keys())
      if (!entries.some((entry) => entry.name === name)) this.entries.delete(name);
    for (const { name, schedule, since } of entries)
      if (this.entries.get(name)?.schedule !== schedule)
        this.entries.set(name, { schedule, at: nextTime(schedule, since ?? now) });
    this.seen = now;
    this.look();
  }

  at(name: string): number | null {
    return this.entries.get(name)?.at ?? null;
  }

  stop(): void {
    this.cancel();
  }

  private look(): void {
    this.cancel();
    const now = this.clock.now();
    const wasSetBack = now < this.seen - SET_BACK_MS;
    // A little back is nothing new: the highest time seen is what counts.
    this.seen = wasSetBack ? now : Math.max(now, this.seen);
    const due: { name: string; at: number }[] = [];
    let next = now + LOOK_MS;
    for (const [name, entry] of this.entries) {
      if (wasSetBack) entry.at = this.nextTime(entry.schedule, now);
      if (entry.at !== null && entry.at <= now) {
        due.push({ name, at: entry.at });
        entry.at = this.nextTime(entry.schedule, now);
      }
      next = Math.min(next, entry.at ?? next);
    }
    if (this.entries.size > 0) this.cancel = this.clock.after(next - now, () => this.look());
    for (const { name, at } of due) this.onDue(name, at);
  }
}
