import { type Clock, messageOf, systemClock } from '../../kernel/index.ts';
import { LONGEST_LOOK_MS } from './look-interval.ts';
import { rotate } from './rotation.ts';
import { type RotationLimits, WatchedLog } from './watched-log.ts';

export interface ScheduleOptions {
  /** Told once per log and cause, in words, until the log could be rotated again. */
  onProblem: (problem: { file: string; message: string }) => void;
  clock?: Clock;
}

/**
 * Looks at the sizes of all logs on one timer and rotates those that are too large, one at a time: the compression
 * must not take a core from the writers. A log that bursts while it is thought idle is seen 5 s later: it is larger then,
 * and is cut into rotated files of the usual size. The hole that a rotation leaves at the head of the log is closed at a look
 * at which it grows by at most 1 MB/s, for the writers wait meanwhile.
 */
export class RotationSchedule {
  private readonly logs = new Map<string, WatchedLog>();
  private readonly stopping = new AbortController();
  private readonly onProblem: ScheduleOptions['onProblem'];
  private readonly clock: Clock;
  /** The rotations, one after the other. */
  private working = Promise.resolve();
  private cancelTimer = () => {};

  constructor(options: ScheduleOptions) {
    this.onProblem = options.onProblem;
    this.clock = options.clock ?? systemClock;
  }

  /** Watches a log, which need not exist yet; ends a rotation in which an agent was killed. Again: changes the limits. */
  add(file: string, limits: RotationLimits): void {
    const known = this.logs.get(file);
    if (known) {
      known.limits = limits;
      return;
    }
    const log = new WatchedLog(file, limits);
    this.logs.set(file, log);
    this.tick();
  }

  /** A rotation that is under way is ended. */
  remove(file: string): void {
    this.logs.delete(file);
  }

  /** A copy that is being made is given up; a cut that has begun is ended. */
  async stop(): Promise<void> {
    this.stopping.abort();
    this.cancelTimer();
    await this.working;
  }

  private tick(): void {
    this.cancelTimer();
    if (this.stopping.signal.aborted) return;
    const now = this.clock.monotonicMs();
    let next = now + LONGEST_LOOK_MS;
    for (const log of this.logs.values()) {
      if (!log.isQueued) this.look(log, now);
      if (!log.isQueued) next = Math.min(next, log.dueMs);
    }
    this.cancelTimer = this.clock.after(next - now, () => this.tick());
  }

  private look(log: WatchedLog, now: number): void {
    if (now < log.dueMs) return;
    try {
      if (log.look(now, this.clock.now())) this.enqueue(log);
    } catch (error) {
      this.failed(log, error);
    }
  }

  private enqueue(log: WatchedLog): void {
    log.isQueued = true;
    this.working = this.working.then(async () => {
      await this.rotate(log);
      log.isQueued = false;
      this.tick();
    });
  }

  private async rotate(log: WatchedLog): Promise<void> {
    const { file, limits } = log;
    const { signal } = this.stopping;
    if (signal.aborted || this.logs.get(file) !== log) return;
    try {
      const wasDue = await rotate({ file, ...limits, signal });
      // It is looked up by name, for it may have been removed and added again meanwhile.
      this.logs.get(file)?.rotated(wasDue);
    } catch (error) {
      this.failed(log, error);
    }
  }

  private failed(log: WatchedLog, error: unknown): void {
    if (this.stopping.signal.aborted) return;
    const message = messageOf(error);
    log.failed(this.clock.monotonicMs());
    // A rotation that failed tells the same cause in more words than a look.
    const cause = messageOf((error as { cause?: unknown }).cause ?? error);
    if (log.problem === cause) return;
    log.problem = cause;
    this.onProblem({ file: log.file, message });
  }
}
