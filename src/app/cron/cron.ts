import type { CronConfiguration } from '../../config/index.ts';
import type { AppContext } from '../../deployment/index.ts';
import type { RunRow } from '../../journal/index.ts';
import { formatDuration, SlipwayError } from '../../kernel/index.ts';
import type { Run, RunExit } from '../../supervisor/index.ts';
import { cronUnit, entryOf } from './cron-run.ts';
import { CronRuns } from './cron-runs.ts';
import type { CronOptions, CronPlace } from './place.ts';
import { loadNextTime, type NextTime, Times } from './times.ts';

/** The time-out of an entry that is not configured any more, and still runs. */
const FORMER_TIMEOUT_MS = 3_600_000;
/** A time that came while no agent ran is made up for where it is not longer ago. */
const MISSED_MS = 600_000;
const LATE_MS = 60_000;

/** The cron entries of an app, each run in the live release when its time comes, and never twice at once. */
export class Cron {
  private readonly context: AppContext;
  private readonly place: CronPlace;
  private readonly times: Times;
  private readonly runs: CronRuns;
  private isQuiesced = false;

  constructor({ context, place }: CronOptions) {
    this.context = context;
    this.place = place;
    this.runs = new CronRuns({ context, place });
    this.times = new Times({ clock: context.clock, onDue: (name, at) => this.due(name, at) });
  }

  /** Takes over what an earlier agent left running. Runs of other units are left alone. */
  adopt(found: readonly { run: Run; exit: RunExit | null }[]): void {
    for (const each of found) {
      const name = entryOf(each.run.unit);
      if (name !== null) this.runs.adopt(each, this.entry(name)?.timeoutMs ?? FORMER_TIMEOUT_MS);
    }
  }

  /** Begins to look at the time. */
  async start(): Promise<void> {
    await this.schedule((name) => this.lastStart(name));
  }

  /** The configuration was replaced. What runs goes on. */
  async reconfigured(): Promise<void> {
    await this.schedule(() => null);
  }

  /** What the names of the log files are made of. */
  units(): string[] {
    return this.entries().map(({ name }) => cronUnit(name));
  }

  /** Milliseconds since the epoch; null where it does not run again by itself. */
  nextAt(name: string): number | null {
    return this.times.at(name);
  }

  running(name: string): boolean {
    return this.runs.of(name) !== null;
  }

  /** Newest first. */
  history(name: string, limit: number): RunRow[] {
    return this.context.journal.tables.runsOf(this.context.key, cronUnit(name), limit);
  }

  /** Numbers of the releases that commands run in, or what they left in the background. */
  releasesInUse(): number[] {
    return this.runs.releasesInUse();
  }

  /**
   * Runs an entry now, whatever its schedule says; resolves when it has begun.
   * @throws SlipwayError `instance_unknown`; `cron_refused` where it runs already, or nothing may run; `start_failed`
   */
  async runNow(name: string, actor: string): Promise<Run> {
    const { id } = this.context;
    const entry = this.entry(name);
    if (!entry) {
      const known = this.entries().map((each) => each.name);
      throw new SlipwayError('instance_unknown', {
        message: `${id} has no cron entry ${JSON.stringify(name)}; it has ${known.length === 0 ? 'none' : known.join(', ')}`,
        hint: 'nothing was started',
        next: `slipway cron ${id}`,
      });
    }
    const refusal = this.refusal(name);
    if (!refusal) return await this.runs.begin(entry, `started by ${actor}`);
    throw new SlipwayError('cron_refused', {
      message: `cron entry ${name} of ${id} was not started: ${refusal.why}`,
      ...(refusal.next === null ? {} : { next: refusal.next }),
    });
  }

  /** The agent ends: what runs goes on, and nothing more is begun. */
  detach(): void {
    this.quiesce();
    this.runs.detach();
  }

  /** Ends what runs; times still come. */
  async endRuns(reason: string): Promise<void> {
    await this.runs.endAll(reason);
  }

  /** Ends what runs, and begins nothing more. */
  async stopAll(reason: string): Promise<void> {
    this.quiesce();
    await this.runs.endAll(reason);
  }

  private quiesce(): void {
    this.isQuiesced = true;
    this.times.stop();
  }

  private entries(): CronConfiguration[] {
    return this.context.configuration.cron;
  }

  private entry(name: string): CronConfiguration | null {
    return this.entries().find((entry) => entry.name === name) ?? null;
  }

  private async schedule(since: (name: string) => number | null): Promise<void> {
    const nextTime: NextTime = this.entries().length === 0 ? () => null : await loadNextTime();
    if (this.isQuiesced) return;
    const entries = this.entries().map(({ name, schedule }) => ({ name, schedule, since: since(name) }));
    this.times.set(entries, nextTime);
  }

  /** The last start of an entry; null where it never ran: it may be new, and has missed nothing. */
  private lastStart(name: string): number | null {
    const [last] = this.history(name, 1);
    return last ? Math.max(last.startedAt, this.context.clock.now() - MISSED_MS) : null;
  }

  private due(name: string, at: number): void {
    const entry = this.entry(name);
    if (!entry) return;
    if (this.refusal(name)) return this.skip(name);
    const lateMs = this.context.clock.now() - at;
    const why = lateMs < LATE_MS ? null : `${formatDuration(lateMs)} late: its time passed unseen`;
    // What fails is recorded and told there.
    this.runs.begin(entry, why).catch(() => undefined);
  }

  /** Why nothing may be started now. */
  private refusal(name: string): { why: string; next: string | null } | null {
    const { id, journal, key } = this.context;
    if (this.isQuiesced) return { why: 'the agent ends', next: null };
    if (this.running(name)) return { why: 'its former run still goes on', next: null };
    if (journal.tables.app(key)?.stopped) return { why: `${id} is stopped`, next: `slipway start ${id}` };
    if (!this.place.live()) return { why: `no release of ${id} is live`, next: `slipway deploy ${id}` };
    return null;
  }

  /** Told once for each run that takes so long: an entry of every second would fill the log. How often: in its record. */
  private skip(name: string): void {
    const going = this.runs.of(name);
    if (!going) return;
    going.skipped++;
    if (going.skipped > 1) return;
    const { id, log } = this.context;
    log({
      type: 'cron.skipped',
      message: `${id}/${cronUnit(name)} was due and not started: its former run still goes on`,
    });
  }
}
