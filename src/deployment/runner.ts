import type { DeploymentRow, ReleaseRow, Tables } from '../journal/index.ts';
import { Event, messageOf, redact, SlipwayError } from '../kernel/index.ts';
import type { Offer } from '../source/index.ts';
import type { ServiceContext } from './context.ts';
import type { PlannedStep, StepName } from './plan.ts';
import { makeLive, recordEnd, recordGoingBack, recordPlan } from './record.ts';
import type { Replicas } from './replicas.ts';
import {
  step as advance,
  type Ending,
  isProving,
  MAX_UNEXPECTED_EXITS,
  next,
  type Progress,
  type ProgressEvent,
} from './state.ts';
import { perform } from './steps.ts';

const OUTPUT_MAX_LINES = 2000;

interface RunningStep {
  abort: AbortController;
  done: Promise<void>;
}

/**
 * Carries one deployment out: asks the pure state what comes next, journals that, does it, and tells the state what
 * came of it. It is made anew, from the journal, by an agent that finds a deployment running.
 */
export class Runner {
  /** After every change that `show` would show. */
  readonly changed = new Event<void>();
  readonly finished: Promise<Ending>;
  readonly deploymentId: number;
  private readonly context: ServiceContext;
  private readonly replicas: Replicas;
  private readonly deployment: DeploymentRow;
  private readonly release: ReleaseRow;
  private readonly offer: Offer;
  private readonly running = new Map<number, RunningStep>();
  private readonly outputs = new Map<number, string[]>();
  private readonly unsubscribe: (() => void)[] = [];
  private progress: Progress;
  private resolveFinished: (ending: Ending) => void = () => undefined;
  private detached = false;

  constructor(options: {
    context: ServiceContext;
    replicas: Replicas;
    deployment: DeploymentRow;
    release: ReleaseRow;
  }) {
    const { context, replicas, deployment } = options;
    this.context = context;
    this.replicas = replicas;
    this.deployment = deployment;
    this.deploymentId = deployment.id;
    this.release = options.release;
    this.offer = JSON.parse(deployment.offer) as Offer;
    this.progress = progressFrom(context, replicas, options);
    for (const row of context.journal.tables.steps(deployment.id))
      this.outputs.set(row.position, JSON.parse(row.output));
    this.finished = new Promise((resolve) => {
      this.resolveFinished = resolve;
    });
  }

  get isProving(): boolean {
    return isProving(this.progress) && this.progress.goingBack === null;
  }

  start(): void {
    this.unsubscribe.push(
      this.replicas.crashed.on(({ instance, release, reason }) => {
        if (release === this.release.number) this.dispatch({ type: 'unexpected_exit', instance, reason });
      }),
      this.replicas.changed.on(({ instance, before, after }) => {
        if (before.phase.name === 'ready' && after.phase.name !== 'ready')
          this.dispatch({ type: 'instance_unready', instance });
        if (after.phase.name === 'ready' && before.phase.name !== 'ready')
          this.dispatch({ type: 'instance_ready', instance });
      }),
    );
    // What ran when an agent died is begun again: every step finds what it had done.
    this.progress.steps.forEach((step, position) => {
      if (step.state === 'running') this.perform(position);
    });
    if (this.progress.exits >= MAX_UNEXPECTED_EXITS) this.dispatch({ type: 'exits_found' });
    this.proceed();
  }

  cancel(by: string): void {
    this.dispatch({ type: 'cancel', reason: `cancelled by ${by}` });
  }

  supersede(by: string): void {
    this.dispatch({ type: 'supersede', reason: `superseded by ${by}` });
  }

  /** The output of a step so far, lines. */
  output(position: number): readonly string[] {
    return this.outputs.get(position) ?? [];
  }

  /** The agent ends: nothing more is begun or recorded; the next agent goes on. */
  detach(): void {
    this.detached = true;
    for (const off of this.unsubscribe) off();
    for (const { abort } of this.running.values()) abort.abort(new Error('the agent ends'));
  }

  private dispatch(event: ProgressEvent): void {
    if (this.detached || this.progress.ended) return;
    const before = this.progress;
    const after = advance(before, event);
    if (after === before) return;
    this.progress = after;
    this.record(before, after, event);
    if (after.goingBack !== before.goingBack || after.ended) this.abortSteps(after);
    this.changed.emit();
    if (after.ended) void this.finish(after.ended);
    else this.proceed();
  }

  private proceed(): void {
    for (const position of next(this.progress)) {
      if (this.detached || this.progress.ended || this.progress.steps[position]?.state !== 'pending')
        continue;
      if (this.begin(position)) this.perform(position);
      // What it changed may have changed what comes next.
      return this.proceed();
    }
  }

  /** Journals that the step begins, with what it is about to change: only then may it. */
  private begin(position: number): boolean {
    const step = this.progress.steps[position];
    if (!step) return false;
    const entry = `${this.context.id}: ${labelOf(step)} begins`;
    const change = (tables: Tables) => {
      tables.updateStep(this.deployment.id, position, {
        state: 'running',
        startedAt: this.context.clock.now(),
      });
      this.recordIntention(tables, step);
    };
    try {
      // Going back is done whatever the disk says.
      if (this.progress.goingBack) this.context.journal.writeSoon(entry, change);
      else this.context.journal.write(entry, change);
    } catch (error) {
      this.progress = advance(this.progress, { type: 'began', position });
      this.dispatch({ type: 'failed', position, reason: messageOf(error), code: codeOf(error) });
      return false;
    }
    this.progress = advance(this.progress, { type: 'began', position });
    this.changed.emit();
    return true;
  }

  private recordIntention(tables: Tables, step: PlannedStep): void {
    const { key } = this.context;
    const row = tables.instances(key).find((each) => each.instance === step.instance);
    if (row && step.name === 'roll-out')
      tables.updateInstance(key, row.instance, {
        release: this.release.number,
        generation: row.wantedGeneration,
      });
    if (row && step.name === 'roll-back')
      tables.updateInstance(key, row.instance, { release: this.progress.goingBack?.to ?? null });
    if (step.name === 'prove') makeLive(tables, this.context, this.release.number);
  }

  private perform(position: number): void {
    const step = this.progress.steps[position];
    if (!step) return;
    const abort = new AbortController();
    const done = perform({
      context: this.context,
      replicas: this.replicas,
      deployment: this.deployment,
      release: this.release,
      offer: this.offer,
      step,
      position,
      signal: abort.signal,
      goBackTo: this.progress.goingBack?.to ?? null,
      say: (line) => this.say(position, line),
    }).then(
      () => this.settle(position, null),
      (error: unknown) => this.settle(position, error ?? new Error('aborted')),
    );
    this.running.set(position, { abort, done });
  }

  private settle(position: number, error: unknown): void {
    this.running.delete(position);
    if (this.detached || this.progress.steps[position]?.state !== 'running') return;
    if (error === null) this.dispatch({ type: 'succeeded', position });
    else this.dispatch({ type: 'failed', position, reason: messageOf(error), code: codeOf(error) });
  }

  private say(position: number, line: string): void {
    const lines = this.outputs.get(position) ?? [];
    if (lines.length >= OUTPUT_MAX_LINES) return;
    lines.push(lines.length === OUTPUT_MAX_LINES - 1 ? '... (more is left out)' : redact(line));
    this.outputs.set(position, lines);
    this.changed.emit();
  }

  private record(before: Progress, after: Progress, event: ProgressEvent): void {
    const now = this.context.clock.now();
    const reason = 'reason' in event ? event.reason : null;
    const changes = after.steps
      .map((step, position) => ({ step, position, before: before.steps[position] }))
      .filter(({ step, before: earlier }) => step.state !== earlier?.state);
    if (changes.length === 0 && after.goingBack === before.goingBack && !after.ended) return;
    this.context.journal.writeSoon(`${this.context.id}: ${nameOf(after, event)}`, (tables) => {
      for (const { step, position, before: earlier } of changes) {
        const output = JSON.stringify(this.output(position));
        if (!earlier) recordPlan(tables, this.deployment.id, [step], position);
        else
          tables.updateStep(this.deployment.id, position, {
            state: step.state,
            output,
            ...(step.state === 'pending' || step.state === 'skipped' ? {} : { endedAt: now }),
            ...(step.state === 'failed' || step.state === 'cancelled' ? { reason } : {}),
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
        });
    });
  }

  private abortSteps(progress: Progress): void {
    for (const [position, { abort }] of this.running)
      if (progress.steps[position]?.state !== 'running')
        abort.abort(new Error('the deployment does not go on with it'));
  }

  private async finish(ending: Ending): Promise<void> {
    for (const off of this.unsubscribe) off();
    await Promise.all([...this.running.values()].map(({ done }) => done));
    this.resolveFinished(ending);
  }
}

/** Where a deployment stands by the journal: at its beginning, or where an agent left it. */
function progressFrom(
  context: ServiceContext,
  replicas: Replicas,
  options: { deployment: DeploymentRow; release: ReleaseRow },
): Progress {
  const { deployment, release } = options;
  const { tables } = context.journal;
  const { configuration } = context;
  const steps = tables.steps(deployment.id).map((row) => ({
    name: row.name as StepName,
    instance: row.instance,
    argument: row.argument,
    state: row.state,
  }));
  const rolledOut = steps
    .filter((step) => step.name === 'roll-out' && step.state === 'succeeded')
    .map((step) => step.instance ?? 0);
  return {
    steps,
    // With nothing live there is nothing to keep available.
    maxUnavailable: deployment.liveBefore === null ? configuration.replicas : configuration.maxUnavailable,
    backTo: deployment.backTo,
    liveBefore: deployment.liveBefore,
    exits: tables.unexpectedExits(context.key, release.number, deployment.startedAt ?? 0),
    unready: new Set(
      rolledOut.filter(
        (instance) =>
          replicas.has(instance) &&
          !replicas.isStopped(instance) &&
          !replicas.isReadyWith(instance, release.number),
      ),
    ),
    goingBack:
      deployment.goingBack === null ? null : (JSON.parse(deployment.goingBack) as Progress['goingBack']),
    ended: null,
  };
}

function labelOf(step: PlannedStep): string {
  return step.instance === null ? step.name : `${step.name} ${step.instance}`;
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
