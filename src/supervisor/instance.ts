import fs from 'node:fs';
import { type Clock, Event, formatSize, messageOf, SlipwayError, sleep } from '../kernel/index.ts';
import type { Account } from './account.ts';
import { ageMs } from './age.ts';
import { portInUse, type Question } from './ask.ts';
import type { Limits } from './cgroup/index.ts';
import type { StopSettings } from './ending.ts';
import type { InstanceEffect, InstanceEvent, InstanceState, Teller, Wanted } from './instance-phase.ts';
import { advance, initialState, wantsRun } from './instance-state.ts';
import { killedForMemory } from './oom.ts';
import { lastLines, logSpan, openLog } from './output/index.ts';
import { type ReadyCheck, stillReady, untilReady } from './readiness.ts';
import type { RestartPolicy } from './restart-policy.ts';
import { describeExit, type Run, type RunExit, type RunName } from './run.ts';
import type { Runs, StandBy } from './runs.ts';

/** What is started, and where; made anew for every start, from the configuration in force. */
export interface Launch {
  argv: readonly string[];
  cwd: string;
  env: Readonly<Record<string, string>>;
  account: Account | null;
}

export interface InstanceSettings {
  stop: StopSettings;
  limits: Limits;
  restart: RestartPolicy;
  ready: ReadyCheck;
  readyTimeoutMs: number;
  port: number | null;
}

export interface InstanceOptions {
  app: string;
  /** `1`, `2`, ... */
  unit: string;
  runs: Runs;
  clock: Clock;
  stdoutFile: string;
  stderrFile: string;
  settings: () => InstanceSettings;
  /** Puts the release in its place (links) and says how it is started. Called before each start. */
  prepare: (wanted: Wanted) => Promise<Launch>;
}

/** A run that ended, with what is known of why. */
export interface EndedRun {
  run: Run;
  exit: RunExit;
  reason: string;
  /** Nobody had asked for it. */
  unexpected: boolean;
  /** Its last lines on stderr. */
  stderr: string[];
  /** Processes of it that the kernel has killed for want of memory, as far as that was counted. */
  oomKills: number;
}

export type InstanceStateName =
  | 'stopped'
  | 'starting'
  | 'ready'
  | 'unready'
  | 'stopping'
  | 'backoff'
  | 'failed';

/** The last line of a crash is seldom the one that says why (Node ends with its version, others with a stack). */
const TELLING = /\b\w*(error|exception|panic|fatal|failed)\b/i;
/** Not at once: others are coming up. */
const SUCCESSOR_AFTER_MS = 500;
const STOP_AGAIN_MS = 1000;
const STDERR_LINES = 20;
const STDERR_BYTES = 64 * 1024;

/** One supervised replica: carries out what `advance` decides, and tells it what happened. */
export class Instance {
  /** After every change of its state. */
  readonly changed = new Event<{ before: InstanceState; after: InstanceState }>();
  readonly started = new Event<Run>();
  readonly ended = new Event<EndedRun>();
  readonly unit: string;
  private readonly options: InstanceOptions;
  private current: InstanceState;
  private probing: AbortController | null = null;
  /** What it was asked last while it starts, and what came of that. */
  private unanswered: string | null = null;
  private cancelWait: (() => void) | null = null;
  /** Its last run, until nothing that it started is left; its files are kept as long. */
  private lastRun: Run | null = null;
  private clearing: Promise<void> | null = null;
  private exitSeen: (() => void) | null = null;
  private launching: Promise<void> | null = null;
  /** Lets others start: this one is up, or will not be. */
  private startOver: () => void = () => undefined;
  private successor: StandBy | null = null;
  private cancelPreparation: (() => void) | null = null;
  /** Counts them: one that is under way when its successor is discarded comes to nothing. */
  private preparation = 0;
  /** On stderr, of the run that ended last. */
  private lastWords: string[] = [];
  private stderrFrom = 0;
  private detached = false;

  constructor(options: InstanceOptions) {
    this.options = options;
    this.unit = options.unit;
    this.current = initialState(options.clock.now());
  }

  get state(): InstanceState {
    return this.current;
  }

  get stateName(): InstanceStateName {
    const { name } = this.current.phase;
    return name === 'launching' ? 'starting' : name;
  }

  /** Why it is so, and of one that starts what it was asked last. */
  get reason(): string {
    const { phase, reason } = this.current;
    return phase.name === 'starting' && this.unanswered !== null ? `${reason}; ${this.unanswered}` : reason;
  }

  /** By which it shows that it is ready; null where it only has to live. */
  get question(): Question | null {
    const { ready } = this.options.settings();
    return ready.kind === 'alive' ? null : ready;
  }

  private get limits(): Limits {
    return this.options.settings().limits;
  }

  /** Its run, where it has one. */
  get run(): Run | null {
    const { phase } = this.current;
    return 'run' in phase ? phase.run : null;
  }

  /** Says what it should be; it works towards it by itself. */
  want(wanted: Wanted, reason: string): void {
    this.dispatch({ type: 'wanted', wanted, reason });
  }

  /** Takes a run over that an earlier agent started; one that has ended meanwhile is told of like any other. */
  adopt(run: Run): void {
    this.lastRun = run;
    this.dispatch({ type: 'adopted', run });
    this.watch(run);
  }

  /**
   * Its process was upgraded in place, or undid that by itself: `run` says what it runs now. It is asked again whether it
   * is ready. Nothing happens where it has another run by now.
   */
  changedInPlace(run: Run, reason: string): void {
    this.discardSuccessor();
    if (this.lastRun?.id === run.id) this.lastRun = run;
    this.dispatch({ type: 'changed_in_place', run, reason });
  }

  /** Asks once whether it is ready still: null where it is, else what was asked and what came of it. */
  async stillReady(): Promise<string | null> {
    return await stillReady(this.options.settings().ready, this.options.clock);
  }

  /** Somebody found that run `run` does not answer (`reason`: what was asked and what came of it), or does again (null). */
  tellAnswer(run: string, answer: { by: Teller; reason: string | null }): void {
    const { by, reason } = answer;
    this.dispatch(
      reason === null ? { type: 'ready_again', run, by } : { type: 'ready_lost', run, by, reason },
    );
  }

  /** Ends run `run` and starts it again, as if it had ended by itself. */
  restartUnhealthy(run: string, reason: string): void {
    this.dispatch({ type: 'unhealthy', run, reason });
  }

  /** What its successor would be started with is about to change: the next start prepares everything anew. */
  discardSuccessor(): void {
    this.cancelPreparation?.();
    this.preparation++;
    this.successor?.discard();
    this.successor = null;
  }

  restoreCounts(restarts: { crash: number; forced: number }): void {
    this.current = { ...this.current, restarts };
  }

  /** Resolves when nothing is left of what a crashed run had started. */
  async cleared(): Promise<void> {
    await this.clearing;
  }

  /** Leaves the process alone: the agent ends, its apps go on. */
  detach(): void {
    this.detached = true;
    this.cancelTimers();
    this.discardSuccessor();
    if (this.run) this.options.runs.unwatch(this.run.id);
  }

  private dispatch(event: InstanceEvent): void {
    if (this.detached) return;
    const before = this.current;
    const { state, effects } = advance(before, event, {
      now: this.options.clock.now(),
      policy: this.options.settings().restart,
    });
    this.current = state;
    if (state.phase.name === 'ready' && before.phase.name !== 'ready')
      this.cancelPreparation = this.options.clock.after(
        SUCCESSOR_AFTER_MS,
        () => void this.prepareSuccessor(),
      );
    if (!wantsRun(state.wanted)) this.discardSuccessor();
    if (state.phase.name !== 'launching' && state.phase.name !== 'starting') this.startOver();
    for (const effect of effects) this.carryOut(effect);
    if (before !== state) this.changed.emit({ before, after: state });
  }

  private carryOut(effect: InstanceEffect): void {
    switch (effect.type) {
      case 'launch':
        this.launching = this.launch();
        return;
      case 'stop':
        void this.stop(effect.run);
        return;
      case 'probe':
        void this.probe();
        return;
      case 'wait':
        this.cancelWait = this.options.clock.after(effect.delayMs, () =>
          this.dispatch({ type: 'delay_over' }),
        );
        return;
      case 'cancel_timers':
        this.cancelTimers();
        return;
      case 'crashed':
      case 'ended': {
        const { run, exit, reason } = effect;
        const unexpected = effect.type === 'crashed';
        const stderr = this.lastWords;
        // Asked before its group is taken away.
        const oomKills = this.options.runs.oomKills(run);
        // At once, not only before the next start: nobody may ask for one.
        if (unexpected) {
          this.clearing = this.clearLeftOvers();
          // Whoever waits for it is told, too.
          this.clearing.catch(() => undefined);
        }
        // What tells of it (journal, kernel's log) takes milliseconds: a successor that is started does not wait for them.
        void Promise.resolve()
          .then(() => this.launching)
          .then(() =>
            this.tell({ run, exit, reason, unexpected, stderr: unexpected ? stderr : [], oomKills }),
          );
        return;
      }
    }
  }

  private async launch(): Promise<void> {
    const { app, unit, clock } = this.options;
    const settings = this.options.settings();
    try {
      await this.clearing;
      this.startOver();
      this.startOver = await this.options.runs.starts.begin({ app, isRestart: this.current.crashes > 0 });
      await this.options.runs.inPlace();
      // What is wanted may have changed while left-overs were ended, or others were started.
      const now = this.current.wanted;
      if (!wantsRun(now) || now.release === null)
        throw new SlipwayError('start_failed', { message: 'stopped before it was started' });
      if (settings.port !== null && (await portInUse(settings.port, clock)))
        throw new SlipwayError('start_failed', {
          message: `port ${settings.port} is in use by another program; see: ss -ltnp 'sport = :${settings.port}'`,
        });
      const name = { app, unit, release: now.release, generation: now.generation };
      const successor = this.takeSuccessor(name);
      this.stderrFrom = logSpan(this.options.stderrFile).end;
      const run = successor
        ? await successor.start()
        : await this.spawn(await this.options.prepare(now), name);
      if (this.detached) return;
      this.lastRun = run;
      this.started.emit(run);
      this.dispatch({ type: 'launched', run });
      // How long it has to live says nothing of how long it boots.
      if (settings.ready.kind === 'alive') this.startOver();
      this.watch(run);
    } catch (error) {
      // In a turn of its own: a transition may not begin within another.
      clock.after(0, () => this.dispatch({ type: 'launch_failed', reason: messageOf(error) }));
    }
  }

  private async spawn(launch: Launch, name: RunName): Promise<Run> {
    if (this.detached) throw new SlipwayError('start_failed', { message: 'the agent ends' });
    return await this.withLogs((logs) =>
      this.options.runs.launch(name, { ...launch, ...logs, limits: this.limits }),
    );
  }

  /** Once it is ready, the holder of its successor stands by: a crash is restarted in half the time. */
  private async prepareSuccessor(): Promise<void> {
    const { app, unit, runs } = this.options;
    const { wanted, phase } = this.current;
    if (phase.name !== 'ready' || wanted.release === null) return;
    const name = { app, unit, release: wanted.release, generation: wanted.generation };
    const { preparation } = this;
    try {
      const launch = await this.options.prepare(wanted);
      await runs.starts.spare();
      if (this.detached || this.current.phase !== phase || this.successor) return;
      if (preparation !== this.preparation) return;
      this.successor = this.withLogs((logs) =>
        runs.standBy(name, { ...launch, ...logs, limits: this.limits }),
      );
    } catch {
      // Then the next start says why.
    }
  }

  /** The one that stands by, where it is what is wanted now; else there is none from here on. */
  private takeSuccessor(name: RunName): StandBy | null {
    const { successor } = this;
    this.successor = null;
    if (!successor) return null;
    const fits = successor.name.release === name.release && successor.name.generation === name.generation;
    if (fits && successor.isUsable()) return successor;
    successor.discard();
    return null;
  }

  private withLogs<T>(use: (logs: { stdoutFd: number; stderrFd: number }) => T): T {
    const stdoutFd = openLog(this.options.stdoutFile);
    try {
      const stderrFd = openLog(this.options.stderrFile);
      try {
        return use({ stdoutFd, stderrFd });
      } finally {
        fs.closeSync(stderrFd);
      }
    } finally {
      fs.closeSync(stdoutFd);
    }
  }

  private watch(run: Run): void {
    this.options.runs.watch(run, (exit) => {
      this.exitSeen?.();
      this.lastWords = this.lastStderr();
      const lastedMs = ageMs(run);
      this.dispatch({ type: 'exited', exit, why: whyOf(exit, this.lastWords), lastedMs });
    });
  }

  private tell(ended: EndedRun): void {
    if (this.detached) return;
    const { run, exit } = ended;
    if (!ended.unexpected || exit.signal !== 'SIGKILL') return this.ended.emit(ended);
    if (ended.oomKills === 0 && !killedForMemory(run.pid)) return this.ended.emit(ended);
    const { memoryBytes } = this.limits;
    const limit = memoryBytes === null ? '' : ` (limits.memory is ${formatSize(memoryBytes)})`;
    const reason = `SIGKILL by the kernel: out of memory${limit}`;
    const { lastExit } = this.current;
    if (lastExit?.at === exit.at) this.current = { ...this.current, lastExit: { ...lastExit, reason } };
    this.ended.emit({ ...ended, reason });
  }

  /** Signal, grace, KILL, of everything that the run started. */
  private async stop(run: Run): Promise<void> {
    const { clock, runs } = this.options;
    const exited = new Promise<void>((resolve) => {
      this.exitSeen = resolve;
    });
    await runs.stops.next();
    for (;;)
      try {
        await runs.end(run, { stop: this.options.settings().stop, clock, exited });
        break;
      } catch {
        // What the kernel refuses now it may not refuse in a moment; until then it is not stopped.
        await sleep(STOP_AGAIN_MS, { clock });
        if (this.detached) return;
      }
    this.exitSeen = null;
    this.lastRun = null;
    runs.forget(run.id);
    this.dispatch({ type: 'cleared' });
  }

  private async clearLeftOvers(): Promise<void> {
    const { lastRun } = this;
    if (!lastRun) return;
    const { clock, runs } = this.options;
    if (!runs.processes(lastRun).isEmpty())
      await runs.end(lastRun, { stop: this.options.settings().stop, clock });
    // A new agent asks the folder what became of the run: not before nothing is left of it.
    if (this.detached) return;
    this.lastRun = null;
    runs.forget(lastRun.id);
  }

  private async probe(): Promise<void> {
    const { clock } = this.options;
    const { ready, readyTimeoutMs } = this.options.settings();
    const probing = new AbortController();
    this.probing = probing;
    this.unanswered = null;
    const cancel = clock.after(readyTimeoutMs, () => {
      probing.abort();
      this.dispatch({ type: 'ready_timeout', afterMs: readyTimeoutMs, unanswered: this.unanswered });
    });
    try {
      const told = (unanswered: string) => {
        this.unanswered = unanswered;
      };
      await untilReady(ready, { clock, signal: probing.signal, told });
      if (!probing.signal.aborted) this.dispatch({ type: 'ready' });
    } catch {
      // Aborted: the run ended, or something else is wanted.
    } finally {
      cancel();
    }
  }

  private cancelTimers(): void {
    this.probing?.abort();
    this.cancelWait?.();
    this.probing = null;
    this.cancelWait = null;
  }

  /** Only what this run wrote. */
  private lastStderr(): string[] {
    return lastLines({
      file: this.options.stderrFile,
      lines: STDERR_LINES,
      maxBytes: STDERR_BYTES,
      after: this.stderrFrom,
    });
  }
}

function whyOf(exit: RunExit, stderr: readonly string[]): string {
  const lines = stderr.filter((line) => line.trim() !== '');
  const telling = lines.findLast((line) => TELLING.test(line)) ?? lines.at(-1);
  if (telling === undefined) return describeExit(exit);
  return `${describeExit(exit)}; on stderr: ${telling.trim().slice(0, 200)}`;
}
