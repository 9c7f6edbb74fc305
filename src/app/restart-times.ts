import { type Clock, formatDuration } from '../kernel/index.ts';
import { type NextTime, Times } from './cron/index.ts';

/** A time that is longer ago passed while the host slept, or the clock was set: it is not made up for. */
const LATE_MS = 60_000;

interface RestartTimesOptions {
  clock: Clock;
  onDue: (name: string) => void;
  /** A time that is none to restart anything at, and why. */
  onLeftOut: (name: string, why: string) => void;
}

/** Times of restarts: none is made up for, and one that a clock shows again, for it was set back, counts once. */
export class RestartTimes {
  private readonly options: RestartTimesOptions;
  private readonly times: Times;
  private readonly schedules = new Map<string, string>();
  /** When each was due last, on the monotonic clock, and how long it was to be from then until the next time. */
  private readonly last = new Map<string, { atMs: number; untilNextMs: number }>();
  private nextTime: NextTime = () => null;

  constructor(options: RestartTimesOptions) {
    this.options = options;
    this.times = new Times({ clock: options.clock, onDue: (name, at) => this.due(name, at) });
  }

  set(entries: readonly { name: string; schedule: string }[], nextTime: NextTime): void {
    this.nextTime = nextTime;
    for (const name of this.schedules.keys())
      if (!entries.some((each) => each.name === name)) this.schedules.delete(name);
    for (const { name, schedule } of entries) {
      // Another schedule has nothing to do with when the former one was due.
      if (this.schedules.get(name) !== schedule) this.last.delete(name);
      this.schedules.set(name, schedule);
    }
    this.times.set(
      entries.map((entry) => ({ ...entry, since: null })),
      nextTime,
    );
  }

  stop(): void {
    this.times.stop();
  }

  private due(name: string, at: number): void {
    const { clock, onDue, onLeftOut } = this.options;
    const lateMs = clock.now() - at;
    if (lateMs >= LATE_MS) return onLeftOut(name, `its time passed unseen ${formatDuration(lateMs)} ago`);
    const atMs = clock.monotonicMs();
    const last = this.last.get(name);
    // Half of it allows for a clock that is put right by a little.
    if (last && atMs - last.atMs < last.untilNextMs / 2)
      return onLeftOut(name, `it was ${formatDuration(atMs - last.atMs)} ago, and the clock was set since`);
    const next = this.nextTime(this.schedules.get(name) ?? '', at) ?? at;
    this.last.set(name, { atMs, untilNextMs: next - at });
    onDue(name);
  }
}
