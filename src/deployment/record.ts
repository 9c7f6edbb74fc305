import type { DeploymentKind, DeploymentRow, Journal, ReleaseRow, Tables } from '../journal/index.ts';
import type { AppContext } from './context.ts';
import { restorePin } from './pin.ts';
import { type PlannedStep } from './plan.ts';
import { type GoingBack, isTouched, isUnproven, type Progress } from './state.ts';

interface Subject {
  deployment: DeploymentRow;
  release: ReleaseRow;
}

/** The way back to an earlier release needs no room on the disk, and takes of what is kept of it. */
export function writerOf(journal: Journal, kind: DeploymentKind): Journal['write'] {
  return (entry, change) =>
    kind === 'rollback' ? journal.decide(entry, change) : journal.write(entry, change);
}

/** Journals a deployment's plan: all its steps, pending. */
export function recordPlan(
  tables: Tables,
  deployment: number,
  steps: readonly PlannedStep[],
  from = 0,
): void {
  steps.forEach((step, index) => {
    tables.addStep({
      deployment,
      position: from + index,
      name: step.name,
      unit: step.unit,
      argument: step.argument,
      state: 'pending',
      startedAt: null,
      endedAt: null,
      reason: null,
      output: [],
    });
  });
}

/** The release that every instance runs now; what was live is retired. */
export function makeLive(tables: Tables, context: AppContext, number: number): void {
  const { key, clock } = context;
  const live = tables.app(key)?.live ?? null;
  if (live === number) return;
  if (live !== null) tables.updateRelease(key, live, { state: 'retired' });
  tables.updateRelease(key, number, { state: 'live' });
  tables.updateApp(key, { live: number, liveSince: clock.now() });
}

/** Records that the deployment goes back from here on, whatever kills the agent. */
export function recordGoingBack(
  tables: Tables,
  context: AppContext,
  options: Subject & { goingBack: GoingBack },
): void {
  const { deployment, release, goingBack } = options;
  const { key } = context;
  tables.updateDeployment(deployment.id, { goingBack: JSON.stringify(goingBack) });
  // It may be what is live of a site, whose .env was to be changed.
  if (deployment.kind === 'env') return;
  if (goingBack.isTouched && goingBack.to !== null) makeLive(tables, context, goingBack.to);
  else if (goingBack.isTouched) tables.updateApp(key, { live: null, liveSince: null });
  const proven = tables.release(key, release.number)?.provenAt != null;
  const cancelled = goingBack.ending.state === 'cancelled';
  if (tables.app(key)?.live !== release.number)
    tables.updateRelease(key, release.number, { state: proven ? 'retired' : cancelled ? 'ready' : 'failed' });
  if (!goingBack.isTouched) return;
  // Automatic deployment must not try it again. What was proven once is never ghosted by what happens later.
  if (cancelled || proven) return;
  ghost(tables, context, { release, reason: goingBack.ending.reason });
}

function ghost(
  tables: Tables,
  { key, clock }: AppContext,
  { release, reason }: { release: ReleaseRow; reason: string | null },
): void {
  if (tables.release(key, release.number)?.provenAt != null) return;
  const { version, hash } = release;
  tables.addGhost({ ...key, version, hash, reason: reason ?? 'rolled back', at: clock.now() });
}

export function recordEnd(
  tables: Tables,
  context: AppContext,
  options: Subject & { progress: Progress; endedAt: number },
): void {
  const { deployment, release, progress, endedAt } = options;
  const { key } = context;
  const ending = progress.ended;
  if (!ending) return;
  tables.updateDeployment(deployment.id, {
    state: ending.state,
    reason: ending.reason,
    errorCode: ending.code,
    endedAt,
  });
  if (deployment.kind === 'env') return;
  if (ending.state === 'succeeded') {
    if (isUnproven(progress)) return;
    return tables.updateRelease(key, release.number, { provenAt: endedAt });
  }
  if (!progress.goingBack && ending.state !== 'superseded') recordNoWayBack(tables, context, options);
  // A canary: nothing was touched that could go back.
  if (!progress.goingBack && ending.state === 'rolled_back')
    ghost(tables, context, { release, reason: ending.reason });
  if (tables.app(key)?.live !== release.number) restorePin(tables, deployment);
}

/** Touched, with nothing to go back to: it is what runs, and is kept trying. Else nothing ran of it. */
function recordNoWayBack(
  tables: Tables,
  context: AppContext,
  { release, progress }: { release: ReleaseRow; progress: Progress },
): void {
  const { key } = context;
  if (isTouched(progress)) makeLive(tables, context, release.number);
  else if (tables.release(key, release.number)?.provenAt == null)
    tables.updateRelease(key, release.number, { state: 'failed' });
}
