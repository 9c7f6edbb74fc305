import {
  Event,
  formatSize,
  messageOf,
  SlipwayError,
  sleep,
  unawaited,
  withDeadline,
} from '../kernel/index.ts';
import { ageMs } from './age.ts';
import { portInUse, type Question, untilFree } from './ask.ts';
import type { Limits } from './cgroup/index.ts';
import { Clearing } from './clearing.ts';
import type { InstanceOptions } from './instance-options.ts';
import type { InstanceEffect, InstanceEvent, InstanceState, Observer, Wanted } from './instance-phase.ts';
import { advance, initialState, wantsRun } from './instance-state.ts';
import type { StandBy } from './launches.ts';
import { killedForMemory } from './oom.ts';
import { logSpan, openLogs, ownStderr } from './output/index.ts';
import { isAlive } from './proc.ts';
import { stillReady, untilReady } from './readiness.ts';
import { type Run, type RunExit, slotOf } from './run.ts';
import { Successor } from './successor.ts';
import { Unanswered } from './unanswered.ts';
import { whyEnded } from './unexpected-end.ts';

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

/** One supervised process of an app: carries out what `advance` decides, and tells it what happened. */
export class Instance {
  /** Emitted after every change of its state. */
  readonly transitioned = new Event<{ before: InstanceState; after: InstanceState }>();
  readonly started = new Event<Run>();
  readonly ended = new Event<EndedRun>();
  readonly unit: string;
  /** `1`; `1b` where it has the spare slot of instance 1. */
  readonly slot: string;
  private readonly options: InstanceOptions;
  private current: InstanceState;
  private readonly clearing: Clearing;
  private readonly successor: Successor;
  /** Aborted: nobody waits any more for it to be ready, or for the end of a back-off. */
  private waiting = new AbortController();
  /** What it was asked last while it starts, and what came of that; null where it is not asked. */
  private unanswered: Unanswered | null = null;
  /** The port that somebody else has, where nothing but that was in the way of the last start. */
  private takenPort: number | null = null;
  private launching: Promise<void> | null = null;
  /** Lets others start: this one is up, or will not be. */
  private startOver: () => void = () => undefined;
  private launchedPort: number | null = null;
  private stderrStart: number | null = null;
  /** What the run that ended last wrote on stderr. */
  private lastWords: string[] = [];
  private detached = false;

  constructor(options: InstanceOptions) {
    this.options = options;
    this.unit = options.unit;
    this.slot = slotOf(options);
    this.clearing = new Clearing({ ...options, stop: () => options.settings().stop });
    this.successor = new Successor(options);
    this.current = initialState(options.clock.now());
  }

  /** It has the spare slot of its unit. */
  get isSpare(): boolean {
    return this.options.spare === true;
  }

  /** PORT, as the configuration in force has it for its slot; null where it has none. */
  get port(): number | null {
    return this.options.settings().port;
  }

  /** PORT that its process was started with; null where an earlier agent has started it, or it has none. */
  get portOfRun(): number | null {
    return this.launchedPort;
  }

  get state(): InstanceState {
    return this.current;
  }

  get stateName(): InstanceStateName {
    const { phase, wanted } = this.current;
    const { running, release, held = false } = wanted;
    const comesLater = phase.name === 'stopped' && running && release !== null && held;
    return phase.name === 'launching' || comesLater ? 'starting' : phase.name;
  }

  /** Why it is so, and of one that starts what it was asked last. */
  get reason(): string {
    const { phase, reason } = this.current;
    const unanswered = phase.name === 'starting' ? this.unanswered?.text : null;
    return unanswered ? `${reason}; ${unanswered}` : reason;
  }

  /** How often it is started again if it goes on ending; null for ever. */
  get restartsLeft(): number | null {
    const { maxRetries } = this.options.settings().restart;
    if (maxRetries === null) return null;
    const pending = this.current.phase.name === 'backoff' ? 1 : 0;
    return Math.max(0, maxRetries - this.current.crashes + pending);
  }

  /** The question by whose answer it shows that it is ready; null where it only has to live. */
  get question(): Question | null {
    const { ready } = this.options.settings();
    return ready.kind === 'alive' ? null : ready;
  }

  private get limits(): Limits {
    return this.options.settings().limits;
  }

  /** Where in its log what the present run has written on stderr begins; null where nobody knows. */
  get stderrFrom(): number | null {
    return this.stderrStart;
  }

  /** Its run, where it has one. */
  get run(): Run | null {
    const { phase } = this.current;
    return 'run' in phase ? phase.run : null;
  }

  /** Says what it should be; it works towards it by itself. `isScheduled`: a restart for that is not counted. */
  want(wanted: Wanted, reason: string, isScheduled = false): void {
    this.dispatch({ type: 'wanted', wanted, reason, ...(isScheduled && { isScheduled }) });
  }

  /**
   * Takes a run over that an earlier agent started; one that has ended meanwhile is told of like any other, unless its end
   * was `wanted`. `stderrFrom`: where in its log its errors begin; null where nobody knows.
   */
  adopt(run: Run, { wanted, stderrFrom }: { wanted: Wanted; stderrFrom: number | null }): void {
    this.launchedPort = null;
    this.stderrStart = stderrFrom;
    this.clearing.begin(run);
    this.dispatch({ type: 'adopted', run, wanted });
    this.watch(run);
  }

  /**
   * Its process was upgraded in place, or undid that by itself: `run` says what it runs now. It is asked again whether it
   * is ready. Nothing happens where it has another run by now.
   */
  changedInPlace(run: Run, reason: string): void {
    this.discardSuccessor();
    this.dispatch({ type: 'changed_in_place', run, reason });
  }

  /**
   * Asks once whether it is ready still: null where it is, else what was asked and what came of it. Its end may be told
   * later than a timer fires, where this process is late: so the kernel is asked, too.
   */
  async stillReady(): Promise<string | null> {
    const unanswered = await stillReady(this.options.settings().ready, this.options.clock);
    const { run } = this;
    return unanswered ?? (run && isAlive(run) ? null : 'its process has ended');
  }

  /** Somebody found that run `run` does not answer (`reason`: what was asked and what came of it), or does again (null). */
  tellAnswer(run: string, answer: { by: Observer; reason: string | null }): void {
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
    this.successor.discard();
  }

  restoreCounts(restarts: { crash: number; forced: number }): void {
    this.current = { ...this.current, restarts };
  }

  /** Resolves when nothing is left of what a crashed run had started. */
  async cleared(): Promise<void> {
    await this.clearing.done();
  }

  /** Leaves the process alone: the agent ends, its apps go on. */
  detach(): void {
    this.detached = true;
    this.clearing.detach();
    this.waiting.abort();
    this.discardSuccessor();
    if (this.run) this.options.runs.exits.unwatch(this.run.id);
  }

  private dispatch(event: InstanceEvent): void {
    if (this.detached) return;
    const before = this.current;
    const { state, effects } = advance(before, event, {
      now: this.options.clock.now(),
      policy: this.options.settings().restart,
    });
    this.current = state;
    if (state.phase.name !== 'ready') this.successor.cancel();
    else if (before.phase.name !== 'ready')
      this.goOn(
        'the start of its successor',
        this.successor.prepareSoon(() => this.prepare(this.current.wanted)),
      );
    if (!wantsRun(state.wanted)) this.discardSuccessor();
    if (state.phase.name !== 'launching' && state.phase.name !== 'starting') this.startOver();
    for (const effect of effects) this.carryOut(effect);
    if (before !== state) this.transitioned.emit({ before, after: state });
  }

  private carryOut(effect: InstanceEffect): void {
    switch (effect.type) {
      case 'launch':
        this.launching = this.launch();
        return;
      case 'stop':
        this.goOn('its stop', this.stop(effect.run));
        return;
      case 'probe':
        this.goOn('the look whether it is ready', this.probe(effect.run));
        return;
      case 'wait':
        this.goOn('its next start', this.backOff(effect.delayMs));
        return;
      case 'cancel_timers':
        this.waiting.abort();
        return;
      case 'crashed':
      case 'ended': {
        const { run, exit, reason } = effect;
        const unexpected = effect.type === 'crashed';
        const stderr = this.lastWords;
        // Asked before its group is taken away.
        const oomKills = this.options.runs.oomKills(run);
        // They are ended at once, not only before the next start: nobody may ask for one.
        if (unexpected) this.clearing.endLeftOvers();
        // What tells of it (journal, kernel's log) takes milliseconds: a successor that is started does not wait for them.
        const tell = async () => {
          await this.launching;
          this.tell({ run, exit, reason, unexpected, stderr: unexpected ? stderr : [], oomKills });
        };
        this.goOn('the record of its end', tell());
        return;
      }
    }
  }

  private goOn(what: string, work: Promise<void>): void {
    unawaited(work, `${this.options.app}/${this.unit}: ${what}`);
  }

  private async launch(): Promise<void> {
    const { app, clock } = this.options;
    const settings = this.options.settings();
    this.takenPort = null;
    try {
      await this.clearing.done();
      this.startOver();
      this.startOver = await this.options.runs.starts.begin({ app, isRestart: this.current.crashes > 0 });
      await this.options.runs.containment.inPlace();
      // What is wanted may have changed while left-overs were ended, or others were started.
      const now = this.current.wanted;
      if (!wantsRun(now) || now.release === null)
        throw new SlipwayError('start_failed', { message: 'stopped before it was started' });
      this.takenPort =
        settings.port !== null && (await portInUse(settings.port, clock)) ? settings.port : null;
      if (this.takenPort !== null)
        throw new SlipwayError('start_failed', {
          message: `port ${settings.port} is in use by another program; see: ss -ltnp 'sport = :${settings.port}'`,
        });
      const successor = this.successor.take(now);
      this.stderrStart = logSpan(this.options.logs.stderr).end;
      const standBy = successor ?? (await this.prepare(now))();
      const run = await standBy.start();
      if (this.detached) return;
      this.launchedPort = settings.port;
      this.clearing.begin(run);
      this.started.emit(run);
      this.dispatch({ type: 'launched', run });
      // How long it has to live says nothing of how long it boots.
      if (settings.ready.kind === 'alive') this.startOver();
      this.watch(run);
    } catch (error) {
      // It is told in a turn of its own: a transition may not begin within another.
      clock.after(0, () => this.dispatch({ type: 'launch_failed', reason: messageOf(error) }));
    }
  }

  /** Resolves with what makes a holder, which waits for the word. */
  private async prepare(wanted: Wanted): Promise<() => StandBy> {
    const { app, unit, spare, runs } = this.options;
    const launch = await this.options.prepare(wanted);
    return () => {
      if (this.detached) throw new SlipwayError('start_failed', { message: 'the agent ends' });
      using logs = openLogs(this.options.logs);
      const of = { release: wanted.release ?? 0, generation: wanted.generation };
      const name = { app, unit, ...of, ...(spare && { spare }) };
      return runs.standBy(name, { ...launch, ...logs, limits: this.limits });
    };
  }

  private watch(run: Run): void {
    this.options.runs.exits.watch(run, (exit) => {
      this.clearing.noteExit();
      const after = this.stderrStart;
      this.lastWords = after === null ? [] : ownStderr(this.options.logs.stderr, { after })();
      const lastedMs = ageMs(run);
      this.dispatch({ type: 'exited', exit, why: whyEnded(exit, this.lastWords), lastedMs });
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

  private async stop(run: Run): Promise<void> {
    const { phase } = this.current;
    await this.options.withdraw?.({ isBroken: phase.name === 'stopping' && phase.crashed });
    if (this.detached) return;
    await this.clearing.stop(run);
    this.dispatch({ type: 'cleared' });
  }

  private async backOff(delayMs: number): Promise<void> {
    this.waiting = new AbortController();
    const { signal } = this.waiting;
    const { takenPort } = this;
    const { clock } = this.options;
    const isOver =
      takenPort === null
        ? sleep(delayMs, { clock, signal })
        : withDeadline({ ms: delayMs, clock, signal }, (bounded) =>
            untilFree(takenPort, { clock, signal: bounded }),
          );
    await isOver.then(
      () => this.dispatch({ type: 'delay_over' }),
      () => undefined,
    );
  }

  private async probe(run: Run): Promise<void> {
    const { clock } = this.options;
    const { ready, readyTimeoutMs: afterMs } = this.options.settings();
    this.waiting = new AbortController();
    const { signal } = this.waiting;
    const { question } = this;
    const pids = () =>
      this.options.runs
        .processes(run)
        .list()
        .map(({ pid }) => pid);
    const unanswered = question && new Unanswered({ clock, question, pids });
    this.unanswered = unanswered;
    const told = (reply: string) => unanswered?.note(reply);
    const asked = await withDeadline({ ms: afterMs, clock, signal }, (bounded) =>
      untilReady(ready, { clock, signal: bounded, told }),
    ).catch(() => undefined);
    // Something else is wanted, or the run has ended, which is told soon where it was not yet.
    if (signal.aborted || !isAlive(run)) return;
    this.dispatch(
      asked === 'late'
        ? { type: 'ready_timeout', afterMs, unanswered: unanswered?.text ?? null }
        : { type: 'ready' },
    );
  }
}
