import type { ErrorCode } from '../kernel/index.ts';
import { type PlannedStep, traitsOf } from './plan.ts';

export type StepState = 'pending' | 'running' | 'succeeded' | 'failed' | 'skipped' | 'cancelled';
export type Outcome = 'succeeded' | 'failed' | 'rolled_back' | 'cancelled' | 'superseded';

export interface Ending {
  state: Outcome;
  reason: string | null;
  code: ErrorCode | null;
}

/** New instances may end unexpectedly so often before a release counts as bad. */
export const MAX_UNEXPECTED_EXITS = 3;

export interface Progress {
  steps: readonly (PlannedStep & { state: StepState })[];
  planBack: PlanBack;
  /** How many instances may be unavailable at a time. */
  maxUnavailable: number;
  /** The proven release to go back to, and what was live before (which may be unproven); null: there is none. */
  backTo: number | null;
  liveBefore: number | null;
  /** Unexpected exits of instances that run the new release. */
  exits: number;
  /** Touched instances that are not ready at present. */
  unready: ReadonlySet<string>;
  /** Set once it is given up: how it will end. */
  goingBack: GoingBack | null;
  /** Set once it has ended. */
  ended: Ending | null;
}

/**
 * The steps that are appended where a deployment is given up; none: it ends at once. `undoes`: what is live was touched,
 * and goes back.
 */
export type PlanBack = (
  steps: Progress['steps'],
  options: { undoes: boolean; cancelled: boolean },
) => PlannedStep[];

export interface GoingBack {
  /** Whether it had touched what is live; else there is nothing to undo. */
  isTouched: boolean;
  /** The release that it goes to; null: none ran before. */
  to: number | null;
  ending: Ending;
}

export type ProgressEvent =
  | { type: 'began'; position: number }
  | { type: 'succeeded'; position: number }
  /** There was nothing to do. */
  | { type: 'skipped'; position: number; reason: string }
  | { type: 'failed'; position: number; reason: string; code: ErrorCode }
  /** No more than one instance is touched at a time from here on, whatever may be unavailable. */
  | { type: 'one_at_a_time' }
  | { type: 'instance_ready'; unit: string }
  | { type: 'instance_unready'; unit: string }
  | { type: 'unexpected_exit'; unit: string; reason: string }
  /** A new instance will not be ready: it was given up, or was ready and does not answer any more. */
  | { type: 'instance_lost'; unit: string; reason: string }
  /** Those that happened while no agent was there. */
  | { type: 'exits_found' }
  | { type: 'cancel'; reason: string }
  | { type: 'supersede'; reason: string };

/** Pure: the whole life of a deployment, from its plan to its end. */
export function advance(progress: Progress, event: ProgressEvent): Progress {
  if (progress.ended) return progress;
  switch (event.type) {
    case 'began':
      return withStep(progress, event.position, 'running');
    case 'succeeded':
      return endIfDone(withStep(progress, event.position, 'succeeded'));
    case 'skipped':
      return endIfDone(withStep(progress, event.position, 'skipped'), event.reason);
    case 'failed': {
      const failed = withStep(progress, event.position, 'failed');
      const step = progress.steps[event.position];
      const { tolerated, leavesLive } = step ? traitsOf(step) : {};
      const argument = step?.argument ?? null;
      // A release without its directory is none, whatever took it away.
      if (tolerated?.(argument) && event.code !== 'release_unknown') return endIfDone(failed);
      if (progress.goingBack) {
        const reason = `${progress.goingBack.ending.reason}; then the way back failed: ${event.reason}`;
        const ending: Ending = { state: 'failed', reason, code: 'rollback_failed' };
        return endIfDone({ ...failed, goingBack: { ...progress.goingBack, ending } });
      }
      const ending: Ending = { state: 'failed', reason: event.reason, code: event.code };
      return giveUp(failed, ending, leavesLive?.(argument));
    }
    case 'one_at_a_time':
      return { ...progress, maxUnavailable: 1 };
    case 'instance_ready':
      return { ...progress, unready: without(progress.unready, event.unit) };
    case 'instance_unready':
      if (!touched(progress).includes(event.unit)) return progress;
      return { ...progress, unready: new Set([...progress.unready, event.unit]) };
    case 'unexpected_exit': {
      if (progress.goingBack) return progress;
      return giveUpIfBad({ ...progress, exits: progress.exits + 1 }, event.reason);
    }
    case 'instance_lost':
      if (progress.goingBack || !touched(progress).includes(event.unit)) return progress;
      return giveUp(progress, { state: 'failed', reason: event.reason, code: 'not_ready' });
    case 'exits_found':
      return progress.goingBack ? progress : giveUpIfBad(progress, 'while no agent ran');
    case 'cancel':
      if (progress.goingBack || isPlaced(progress)) return progress;
      return giveUp(progress, { state: 'cancelled', reason: event.reason, code: null });
    case 'supersede':
      if (progress.goingBack || !(isProving(progress) || isTrying(progress))) return progress;
      return end(progress, { state: 'superseded', reason: event.reason, code: null });
  }
}

/** Positions to begin now. Empty while it waits for what runs, or has ended. */
export function next(progress: Progress): number[] {
  if (progress.ended) return [];
  const { maxUnavailable, unready } = progress;
  const running = progress.steps.filter((step) => step.state === 'running');
  const first = progress.steps.findIndex((step) => step.state === 'pending');
  const step = progress.steps[first];
  if (!step || running.some(({ name }) => name !== step.name)) return [];
  const group = positionsOf(progress, first, step.name);
  switch (traitsOf(step).abreast) {
    case 'all':
      return group;
    case 'available': {
      const busy = new Set([...unready, ...running.flatMap(({ unit }) => unit ?? [])]);
      return group.slice(0, Math.max(0, maxUnavailable - busy.size));
    }
    case 'down_first': {
      const down = group.filter((position) => unready.has(progress.steps[position]?.unit ?? ''));
      return down.length > 0 ? down : group.slice(0, Math.max(0, maxUnavailable - running.length));
    }
    default:
      return running.length > 0 ? [] : [first];
  }
}

/** Instances whose release this deployment has changed, or was about to change. */
export function touched(progress: Pick<Progress, 'steps'>): string[] {
  return progress.steps.flatMap((step) => (hasTouched(step) ? (step.unit ?? []) : []));
}

/** Whether what is live is, or may be, no longer as it was. */
export function isTouched(progress: Pick<Progress, 'steps'>): boolean {
  return progress.steps.some(hasTouched);
}

function hasTouched(step: Progress['steps'][number]): boolean {
  return Boolean(traitsOf(step).touches) && step.state !== 'pending' && step.state !== 'skipped';
}

/** It changes no release, and what it is for is in its place by now, or may be. */
function isPlaced({ steps }: Progress): boolean {
  if (steps.some((step) => traitsOf(step).touches)) return false;
  return steps.some(
    (step) => traitsOf(step).places && (step.state === 'running' || step.state === 'succeeded'),
  );
}

/**
 * The step at which it stands while the release is being made, and is not on the disk for certain: what a power loss
 * leaves of its files then, nobody knows. Null before that and after it.
 */
export function unsyncedAt(steps: readonly { name: string; state: StepState }[]): number | null {
  const unpack = steps.find(({ name }) => name === 'unpack');
  const sync = steps.find(({ name }) => name === 'sync');
  if (!unpack || unpack.state === 'pending' || sync?.state === 'succeeded') return null;
  return steps.findIndex(({ state }) => state === 'running' || state === 'pending');
}

/** Every instance runs the new release, and it must only show yet that it stays ready. */
export function isProving(progress: Pick<Progress, 'steps'>): boolean {
  return progress.steps.some((step) => step.state === 'running' && traitsOf(step).proves);
}

/** A part of the visitors meets the new release, and what is live is as it was. */
export function isTrying(progress: Pick<Progress, 'steps'>): boolean {
  return progress.steps.some((step) => step.state === 'running' && traitsOf(step).tries);
}

/** It was met by visitors. */
function wasTried(progress: Pick<Progress, 'steps'>): boolean {
  return progress.steps.some(
    (step) => ['running', 'succeeded', 'failed'].includes(step.state) && traitsOf(step).tries,
  );
}

/** It is live, and nothing ran that could have shown that it works. */
export function isUnproven(progress: Pick<Progress, 'steps'>): boolean {
  return progress.steps.some((step) => step.state === 'skipped' && traitsOf(step).proves);
}

function giveUpIfBad(progress: Progress, last: string): Progress {
  if (progress.exits < MAX_UNEXPECTED_EXITS) return progress;
  const reason = `${progress.exits} unexpected exits of new instances, the last: ${last}`;
  return giveUp(progress, { state: 'failed', reason, code: 'unexpected_exits' });
}

/** `leaves`: what is live by now stays so. */
function giveUp(progress: Progress, ending: Ending, leaves = false): Progress {
  const cancelled = ending.state === 'cancelled';
  const to = cancelled ? progress.liveBefore : progress.backTo;
  // What is touched is kept as it is where there is nothing proven to go back to: instances are kept trying.
  const undoes = isTouched(progress) && !leaves && (to !== null || cancelled);
  const steps = progress.planBack(progress.steps, { undoes, cancelled });
  if (steps.length === 0) {
    const isTakenBack = !cancelled && !isTouched(progress) && wasTried(progress);
    return end(progress, isTakenBack ? { ...ending, state: 'rolled_back', code: 'rolled_back' } : ending);
  }
  const closed = closeSteps(progress);
  return {
    ...closed,
    steps: [...closed.steps, ...steps.map((planned) => ({ ...planned, state: 'pending' as const }))],
    goingBack: {
      isTouched: undoes,
      to: undoes ? to : null,
      ending: cancelled || !undoes ? ending : { ...ending, state: 'rolled_back', code: 'rolled_back' },
    },
  };
}

/** `skipped`: why the last step was, which is told of the whole where it was the proof. */
function endIfDone(progress: Progress, skipped: string | null = null): Progress {
  if (progress.steps.some((step) => step.state === 'pending' || step.state === 'running')) return progress;
  const reason = isUnproven(progress) ? skipped : null;
  return end(progress, progress.goingBack?.ending ?? { state: 'succeeded', reason, code: null });
}

function end(progress: Progress, ending: Ending): Progress {
  return { ...closeSteps(progress), ended: ending };
}

/** What ran is cancelled, what had not begun is skipped. */
function closeSteps(progress: Progress): Progress {
  return {
    ...progress,
    steps: progress.steps.map((step) => {
      if (step.state === 'pending') return { ...step, state: 'skipped' as const };
      return step.state === 'running' ? { ...step, state: 'cancelled' as const } : step;
    }),
  };
}

function withStep(progress: Progress, position: number, state: StepState): Progress {
  const { unit = null } = progress.steps[position] ?? {};
  const steps = progress.steps.map((step, index) => (index === position ? { ...step, state } : step));
  const unready = state === 'succeeded' && unit !== null ? without(progress.unready, unit) : progress.unready;
  return { ...progress, steps, unready };
}

function positionsOf(progress: Progress, from: number, name: string): number[] {
  const positions: number[] = [];
  for (let position = from; progress.steps[position]?.name === name; position++)
    if (progress.steps[position]?.state === 'pending') positions.push(position);
  return positions;
}

function without(set: ReadonlySet<string>, value: string): ReadonlySet<string> {
  return new Set([...set].filter((each) => each !== value));
}
