import type { DeploymentRow, ReleaseRow, Tables } from '../journal/index.ts';
import { Event, messageOf, redact, SlipwayError, unawaited, visible } from '../kernel/index.ts';
import type { Offer } from '../source/index.ts';
import { AgentEnds } from './agent-ends.ts';
import type { AppContext } from './context.ts';
import { Lap } from './lap.ts';
import type { PlannedStep } from './plan.ts';
import type { Procedure } from './procedure.ts';
import { recordEnd, recordGoingBack, recordPlan, writerOf } from './record.ts';
import {
  advance,
  type Ending,
  isProving,
  isTouched,
  isTrying,
  MAX_UNEXPECTED_EXITS,
  next,
  type Progress,
  type ProgressEvent,
} from './state.ts';
import { StepOutput } from './step-output.ts';

const LOST =
  'the host was restarted before the new release was safely on the disk; what was live is as it was, and a new deployment makes it anew';

interface RunningStep {
  abort: AbortController;
  done: Promise<void>;
}

/**
 * Carries one deployment out: asks the pure state what comes next, journals that, does it, and tells the state what
 * came of it. It is made anew, from the journal, by an agent that finds a deployment running.
 */
export class Runner {
  /** Emitted after every change that `show` would show. */
  readonly progressed = new Event<void>();
  readonly finished: Promise<Ending>;
  readonly deploymentId: number;
  private readonly context: AppContext;
  private readonly procedure: Procedure;
  private readonly deployment: DeploymentRow;
  private readonly release: ReleaseRow;
  private readonly offer: Offer;
  private readonly running = new Map<number, RunningStep>();
  private readonly outputs = new Map<number, StepOutput>();
  /** The laps of what this agent has begun. */
  private readonly laps = new Map<number, Lap>();
  private readonly lap: Lap | null;
  private unwatch: () => void = () => undefined;
  private progress: Progress;
  private resolveFinished: (ending: Ending) => void = () => undefined;
  private detached = false;
  private promotedBy: string | null;
  private readonly promoted = new Event<void>();
  /** It goes on with the word of a person alone. */
  waitsForPerson = false;

  constructor(options: {
    context: AppContext;
    procedure: Procedure;
    deployment: DeploymentRow;
    release: ReleaseRow;
  }) {
    const { context, procedure, deployment } = options;
    this.context = context;
    this.procedure = procedure;
    this.deployment = deployment;
    this.deploymentId = deployment.id;
    this.release = options.release;
    this.offer = deployment.offer;
    this.promotedBy = deployment.promotedBy;
    this.progress = progressFrom(options);
    const isNew = this.progress.steps.every(({ state }) => state === 'pending');
    this.lap = isNew ? new Lap(context.clock, deployment.startedAt ?? undefined) : null;
    for (const row of context.journal.tables.steps(deployment.id))
      this.outputs.set(row.position, new StepOutput([...row.output]));
    this.finished = new Promise((resolve) => {
      this.resolveFinished = resolve;
    });
  }

  get isProving(): boolean {
    return isProving(this.progress) && this.progress.goingBack === null;
  }

  /** Whether a newer request may take its place at once: what is live does not change any more, or not yet. */
  get isSupersedable(): boolean {
    return this.progress.goingBack === null && (isProving(this.progress) || isTrying(this.progress));
  }

  /** Whether a part of the visitors meets the new release. */
  get isTrying(): boolean {
    return this.progress.goingBack === null && isTrying(this.progress);
  }

  /** Whether instances, or what is live, are no longer as they were when it began. */
  get isTouching(): boolean {
    return isTouched(this.progress);
  }

  /** `lostAt`: the step at which the host was restarted, and the half-made release lost with it. */
  start(lostAt: number | null): void {
    this.unwatch = this.procedure.watch(this.release, (event) => this.dispatch(event));
    if (lostAt !== null)
      return this.dispatch({ type: 'failed', position: lostAt, code: 'host_restarted', reason: LOST });
    // What ran when an agent died is begun again: every step finds what it had done.
    this.progress.steps.forEach((step, position) => {
      if (step.state === 'running') this.perform(position);
    });
    if (this.progress.exits >= MAX_UNEXPECTED_EXITS) this.dispatch({ type: 'exits_found' });
    this.proceed();
  }

  /** The next agent is to know of it, too. */
  promote(by: string): void {
    const { journal, id } = this.context;
    journal.decide(`${id}: deployment ${this.deploymentId} is promoted`, (tables) =>
      tables.updateDeployment(this.deploymentId, { promotedBy: by }),
    );
    this.promotedBy = by;
    this.promoted.emit();
  }

  cancel(by: string): void {
    this.dispatch({ type: 'cancel', reason: `cancelled by ${by}` });
  }

  supersede(by: string): void {
    this.dispatch({ type: 'supersede', reason: `superseded by ${by}` });
  }

  /** The output of a step so far, lines. */
  output(position: number): readonly string[] {
    return this.outputs.get(position)?.lines() ?? [];
  }

  /** How long a step has run, milliseconds; null where another agent began it. */
  lastedMs(position: number): number | null {
    return this.laps.get(position)?.lastedMs ?? null;
  }

  /** The agent ends: nothing more is begun or recorded; the next agent goes on. */
  detach(): void {
    this.abandon(new AgentEnds());
  }

  /** Does what `detach` does, but for what the steps have started: that has ended when this resolves. */
  async stop(reason: string): Promise<void> {
    this.abandon(new Error(reason));
    await Promise.all([...this.running.values()].map(({ done }) => done));
  }

  private abandon(reason: Error): void {
    this.detached = true;
    this.unwatch();
    for (const { abort } of this.running.values()) abort.abort(reason);
  }

  private dispatch(event: ProgressEvent): void {
    if (this.detached || this.progress.ended) return;
    const before = this.progress;
    const after = advance(before, event);
    if (after === before) return;
    this.progress = after;
    this.record(before, after, event);
    if (after.goingBack !== before.goingBack || after.ended) this.abortSteps(after);
    this.progressed.emit();
    if (after.ended) this.goOn('its end', this.finish(after.ended));
    else this.proceed();
  }

  private proceed(): void {
    for (;;) {
      const positions = this.detached ? [] : next(this.progress);
      if (positions.length === 0) return;
      if (!this.begin(positions)) return;
      // What one of them does at once may have ended the others.
      for (const position of positions)
        if (!this.detached && this.progress.steps[position]?.state === 'running') this.perform(position);
    }
  }

  /** Journals that the steps begin, with what they are about to change, in one entry: only then may they. */
  private begin(positions: readonly number[]): boolean {
    const steps = positions.flatMap((position) => this.progress.steps[position] ?? []);
    const entry = `${this.context.id}: ${labelsOf(steps)} begins`;
    const lap = new Lap(this.context.clock);
    const { startedAt } = lap;
    for (const position of positions) this.laps.set(position, lap);
    const change = (tables: Tables) => {
      for (const [index, step] of steps.entries()) {
        tables.updateStep(this.deployment.id, positions[index] ?? 0, { state: 'running', startedAt });
        this.procedure.recordIntention(tables, step, {
          deployment: this.deployment.id,
          release: this.release.number,
          goBackTo: this.progress.goingBack?.to ?? null,
        });
      }
    };
    try {
      // Going back is done whatever the disk says.
      if (this.progress.goingBack) this.context.journal.writeNow(entry, change);
      else writerOf(this.context.journal, this.deployment.kind)(entry, change);
    } catch (error) {
      const [position = 0] = positions;
      this.progress = advance(this.progress, { type: 'began', position });
      this.dispatch({ type: 'failed', position, reason: messageOf(error), code: codeOf(error) });
      return false;
    }
    for (const position of positions) this.progress = advance(this.progress, { type: 'began', position });
    this.tell(entry);
    this.progressed.emit();
    return true;
  }

  private perform(position: number): void {
    const planned = this.progress.steps[position];
    if (!planned) return;
    const abort = new AbortController();
    const done = this.procedure
      .perform({
        deployment: this.deployment,
        release: this.release,
        offer: this.offer,
        planned,
        position,
        signal: abort.signal,
        goBackTo: this.progress.goingBack?.to ?? null,
        say: (line) => this.print(position, (output) => output.add(visible(redact(line), { colours: true }))),
        promotion: {
          by: () => this.promotedBy,
          changed: this.promoted,
          waits: () => {
            this.waitsForPerson = true;
            this.progressed.emit();
          },
        },
        leaveOut: (leftOut) => this.print(position, (output) => output.leaveOut(leftOut)),
        dispatch: (event) => this.dispatch(event),
      })
      .then(
        (result) =>
          this.settle(
            position,
            result ? { type: 'skipped', position, reason: result.skipped } : { type: 'succeeded', position },
          ),
        (error: unknown) =>
          this.settle(position, {
            type: 'failed',
            position,
            reason: messageOf(error ?? 'aborted'),
            code: codeOf(error),
          }),
      );
    this.running.set(position, { abort, done });
    this.goOn(`what follows on ${labelOf(planned)}`, done);
  }

  private settle(position: number, event: ProgressEvent): void {
    this.running.delete(position);
    this.waitsForPerson = false;
    if (!this.detached && this.progress.steps[position]?.state === 'running') this.dispatch(event);
  }

  private print(position: number, add: (output: StepOutput) => void): void {
    if (this.detached) return;
    const output = this.outputs.get(position) ?? new StepOutput();
    add(output);
    this.outputs.set(position, output);
    this.progressed.emit();
  }

  private record(before: Progress, after: Progress, event: ProgressEvent): void {
    const now = this.context.clock.now();
    const endedAt = this.lap?.endsAt ?? now;
    const reason = 'reason' in event ? event.reason : null;
    const changes = after.steps
      .map((step, position) => ({ step, position, before: before.steps[position] }))
      .filter(({ step, before: earlier }) => step.state !== earlier?.state);
    if (changes.length === 0 && after.goingBack === before.goingBack && !after.ended) return;
    const change = (tables: Tables) => {
      for (const { step, position, before: earlier } of changes) {
        const output = this.output(position);
        if (!earlier) recordPlan(tables, this.deployment.id, [step], position);
        else
          tables.updateStep(this.deployment.id, position, {
            state: step.state,
            output,
            // What had begun has ended; of those that were never begun, the skipped ones have no time.
            ...(earlier.state === 'running' && step.state !== 'pending'
              ? { endedAt: this.laps.get(position)?.endsAt ?? now }
              : {}),
            ...(step.state === 'succeeded' || step.state === 'pending' ? {} : { reason }),
          });
      }
      if (after.goingBack && after.goingBack !== before.goingBack)
        recordGoingBack(tables, this.context, {
          deployment: this.deployment,
          release: this.release,
          goingBack: after.goingBack,
        });
      if (after.ended)
        recordEnd(tables, this.context, {
          deployment: this.deployment,
          release: this.release,
          progress: after,
          endedAt,
        });
    };
    const entry = `${this.context.id}: ${nameOf(after, event)}`;
    const { journal } = this.context;
    // What is done next, and what is forgotten, follows from these.
    if (after.ended || after.goingBack !== before.goingBack) journal.writeNow(entry, change);
    else journal.writeSoon(entry, change);
    this.tell(entry);
  }

  private tell(message: string): void {
    this.context.tell({ deployment: this.deploymentId, type: 'deployment.step', message });
  }

  private abortSteps(progress: Progress): void {
    for (const [position, { abort }] of this.running)
      if (progress.steps[position]?.state !== 'running')
        abort.abort(new Error('the deployment does not go on with it'));
  }

  private goOn(what: string, work: Promise<void>): void {
    unawaited(work, `${this.context.id}: deployment ${this.deployment.id}: ${what}`);
  }

  private async finish(ending: Ending): Promise<void> {
    this.unwatch();
    await Promise.all([...this.running.values()].map(({ done }) => done));
    this.resolveFinished(ending);
  }
}

/** Reads from the journal where a deployment stands: at its beginning, or where an agent left it. */
function progressFrom(options: {
  context: AppContext;
  procedure: Procedure;
  deployment: DeploymentRow;
  release: ReleaseRow;
}): Progress {
  const { context, procedure, deployment, release } = options;
  const steps = context.journal.tables.steps(deployment.id).map((row) => ({
    ...({ name: row.name, unit: row.unit, argument: row.argument } as PlannedStep),
    state: row.state,
  }));
  return {
    steps,
    planBack: procedure.planBack,
    ...procedure.observe(deployment, release),
    backTo: deployment.backTo,
    liveBefore: deployment.liveBefore,
    goingBack:
      deployment.goingBack === null ? null : (JSON.parse(deployment.goingBack) as Progress['goingBack']),
    ended: null,
  };
}

function labelOf(step: PlannedStep): string {
  const subject = step.name === 'hook' ? step.argument : step.unit;
  return subject === null ? step.name : `${step.name} ${subject}`;
}

/** `roll-out 1, 2, 3`: those that begin together have one name. */
function labelsOf([first, ...others]: readonly PlannedStep[]): string {
  return [first ? labelOf(first) : '', ...others.map(({ unit, argument }) => unit ?? argument)].join(', ');
}

function nameOf(progress: Progress, event: ProgressEvent): string {
  if (progress.ended) return `deployment ends ${progress.ended.state}`;
  if ('position' in event) {
    const step = progress.steps[event.position];
    return `${step ? labelOf(step) : 'step'} ${event.type}`;
  }
  return event.type.replaceAll('_', ' ');
}

function codeOf(error: unknown) {
  return error instanceof SlipwayError ? error.code : ('failed' as const);
}
