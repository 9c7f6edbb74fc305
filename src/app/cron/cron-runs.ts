import type { CronConfiguration } from '../../config/index.ts';
import type { AppContext } from '../../deployment/index.ts';
import type { RunRow } from '../../journal/index.ts';
import { formatDuration, messageOf, SlipwayError, unawaited } from '../../kernel/index.ts';
import {
  ageMs,
  logFiles,
  NO_LIMITS,
  openLogs,
  ownStderr,
  type Run,
  type RunExit,
} from '../../supervisor/index.ts';
import { type CronRun, cronRun, cronUnit, endedRow, entryOf, notStartedRow, startedRow } from './cron-run.ts';
import type { Command, CronOptions, CronPlace } from './place.ts';

/** How what takes too long, or is to end, is asked to. */
const STOP = { signal: 'SIGTERM', graceMs: 10_000, to: null } as const;
const LOOK_AT_LEFT_MS = 30_000;
const HISTORY = 200;

/**
 * The runs of an app's cron entries. A command runs under a holder: it outlives the agent, and the next agent finds it.
 * What it leaves in the background may go on until its time limit.
 */
export class CronRuns {
  private readonly context: AppContext;
  private readonly place: CronPlace;
  private readonly going = new Set<CronRun>();
  /** Runs whose command has ended, and not yet what it had started, and until when that may live, on the monotonic clock. */
  private readonly left = new Map<Run, number>();
  private cancelLook: () => void = () => undefined;
  private detached = false;

  constructor({ context, place }: CronOptions) {
    this.context = context;
    this.place = place;
  }

  /** The one of an entry that goes on, or is being started. */
  of(name: string): CronRun | null {
    return [...this.going].find((going) => going.name === name) ?? null;
  }

  releasesInUse(): number[] {
    this.clearLeft();
    const releases = [...this.going, ...this.left.keys()].map(({ release }) => release);
    return [...new Set(releases)];
  }

  /**
   * Resolves when the command has begun. What fails is recorded and told as well.
   * @throws SlipwayError `start_failed`, and what the environment throws
   */
  async begin({ name, command, timeoutMs }: CronConfiguration, why: string | null): Promise<Run> {
    const { context } = this;
    const release = this.place.live()?.number ?? 0;
    const going = cronRun({ name, release, run: null, timeoutMs, why });
    this.going.add(going);
    try {
      const run = await this.launch(command, going);
      going.run = run;
      // The next agent finds it.
      if (this.detached) return run;
      this.record(startedRow(context.key, run, why), 'started');
      this.watch(going, run, timeoutMs);
      // It was to end before it had begun.
      if (going.endedFor) this.endByItself(going, going.endedFor);
      return run;
    } catch (error) {
      this.going.delete(going);
      going.over.resolve();
      if (this.detached) throw error;
      const at = context.clock.now();
      const row = notStartedRow(context.key, { going, appId: context.id, at, error: messageOf(error) });
      this.record(row, 'not started');
      this.tellFailure(row);
      throw error;
    }
  }

  /** Takes over one that an earlier agent started, whether it still runs or not. */
  adopt({ run, exit }: { run: Run; exit: RunExit | null }, timeoutMs: number): void {
    const { journal, key } = this.context;
    const row = journal.tables.runById(run.id);
    const name = entryOf(run.unit) ?? run.unit;
    const going = cronRun({ name, release: run.release, run, timeoutMs, why: row?.reason ?? null });
    if (exit && row && row.endedAt !== null) return this.watchLeft(going, run);
    this.going.add(going);
    if (!row) this.record(startedRow(key, run, null), 'found');
    this.watch(going, run, Math.max(0, timeoutMs - ageMs(run)));
  }

  /** Ends what runs and what was left in the background; resolves when that has ended. */
  async endAll(reason: string): Promise<void> {
    await Promise.all([
      ...[...this.going].map((going) => this.end(going, { reason: `ended: ${reason}`, isFailure: false })),
      ...[...this.left.keys()].map((run) => this.endLeft(run)),
    ]);
  }

  /** The agent ends: what runs goes on. */
  detach(): void {
    this.detached = true;
    this.cancelLook();
    for (const { run, cancelLimit } of this.going) {
      cancelLimit();
      if (run) this.context.runs.exits.unwatch(run.id);
    }
  }

  private async launch(command: readonly string[], going: CronRun): Promise<Run> {
    const { context, place } = this;
    const [account, env] = await Promise.all([
      context.account(),
      place.environment(),
      context.runs.containment.inPlace(),
    ]);
    // Looked at last: another one may have gone live meanwhile.
    const live = place.live();
    const refusal = this.detached
      ? 'the agent ends'
      : (going.endedFor?.reason ?? (live ? null : 'no release is live'));
    if (!live || refusal !== null)
      throw new SlipwayError('start_failed', { message: refusal ?? 'no release is live' });
    going.release = live.number;
    const unit = cronUnit(going.name);
    const files = logFiles(context.logsDirectory, context.id, unit);
    using logs = openLogs(files);
    going.stderr = ownStderr(files.stderr);
    const name = { app: context.id, unit, release: live.number, generation: 0 };
    const asWritten: Command = { argv: command, env };
    return await context.runs.launch(name, {
      ...(place.adapt?.(asWritten, live.directory) ?? asWritten),
      ...{ cwd: live.directory, account, limits: NO_LIMITS },
      ...logs,
    });
  }

  private watch(going: CronRun, run: Run, limitMs: number): void {
    going.cancelLimit = this.context.clock.after(limitMs, () => {
      const reason = `took longer than ${formatDuration(going.timeoutMs)}, and was ended`;
      this.endByItself(going, { reason, isFailure: true });
    });
    this.context.runs.exits.watch(run, (exit) => this.ended(going, run, exit));
  }

  private ended(going: CronRun, run: Run, exit: RunExit): void {
    const { key } = this.context;
    this.going.delete(going);
    going.cancelLimit();
    const row = endedRow(key, { going, run, exit });
    this.record(row, 'ended');
    if (row.unexpected) this.tellFailure(row);
    this.watchLeft(going, run);
    going.over.resolve();
  }

  private async end(going: CronRun, why: NonNullable<CronRun['endedFor']>): Promise<void> {
    going.endedFor ??= why;
    if (going.run) await this.endRun(going.run);
    // One that is being started is ended once it is.
    await going.over.promise;
    if (going.run) await this.endLeft(going.run);
  }

  /** Its files are kept until nothing is left of what it started: by them the next agent knows of that. */
  private watchLeft(going: CronRun, run: Run): void {
    const mayLastMs = going.timeoutMs - ageMs(run);
    this.left.set(run, this.context.clock.monotonicMs() + mayLastMs);
    // What is ended is ended as a whole.
    if (!going.endedFor) this.clearLeft();
  }

  private clearLeft(): void {
    this.cancelLook();
    for (const [run, until] of this.left) {
      if (this.context.runs.processes(run).isEmpty()) this.forget(run);
      else if (this.context.clock.monotonicMs() >= until)
        unawaited(this.endLeft(run), `${run.id}: the end of what it left`);
    }
    if (this.left.size === 0 || this.detached) return;
    this.cancelLook = this.context.clock.after(LOOK_AT_LEFT_MS, () => this.clearLeft());
  }

  private async endLeft(run: Run): Promise<void> {
    try {
      await this.endRun(run);
      this.forget(run);
    } catch (error) {
      // It is looked at again, and ended then.
      this.tellNotEnded(run, error);
    }
  }

  private endByItself(going: CronRun, why: NonNullable<CronRun['endedFor']>): void {
    this.end(going, why).catch((error: unknown) => {
      if (going.run) this.tellNotEnded(going.run, error);
    });
  }

  private tellNotEnded({ id }: Run, error: unknown): void {
    this.context.log({ type: 'run.left', message: `${id} was not ended: ${messageOf(error)}` });
  }

  private async endRun(run: Run): Promise<void> {
    await this.context.runs.end(run, { stop: STOP });
  }

  private forget(run: Run): void {
    this.left.delete(run);
    if (!this.detached) this.context.runs.forget(run.id);
  }

  private record(row: RunRow, what: string): void {
    const { id, journal, key, tell } = this.context;
    // Once it has ended its files are taken away.
    journal.writeNow(`${id}/${row.unit}: run ${row.id} ${what}`, (tables) => {
      tables.putRun(row);
      tables.pruneRunsOf(key, row.unit, HISTORY);
    });
    tell({
      unit: row.unit,
      type: `cron.${what.replace(' ', '_')}`,
      message: `${id}/${row.unit}: run ${what}`,
    });
  }

  private tellFailure({ unit, reason }: RunRow): void {
    const { id, log } = this.context;
    log({ unit, type: 'cron.failed', message: `${id}/${unit} failed: ${reason}` });
  }
}
