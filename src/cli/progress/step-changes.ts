import type { DeploymentWithSteps } from '../../api/index.ts';
import { isTolerated, type Step } from '../view/index.ts';

/** What became of a step between two looks at its deployment. */
export type StepChange =
  | { kind: 'started'; step: Step }
  | { kind: 'output'; step: Step; lines: string[] }
  | { kind: 'ended'; step: Step; tolerated: boolean };

/** What changed since `before`; null: since nothing was known of it. In the order of the steps; skipped ones are left out. */
export function stepChanges(before: DeploymentWithSteps | null, after: DeploymentWithSteps): StepChange[] {
  return after.steps.flatMap((step, index) => {
    const tolerated = isTolerated(after, index);
    return changesOf(before?.steps[index], { step, tolerated });
  });
}

function changesOf(
  before: Step | undefined,
  { step, tolerated }: { step: Step; tolerated: boolean },
): StepChange[] {
  const changes: StepChange[] = [];
  const seen = before?.output.length ?? 0;
  if (step.state === 'running' && before?.state !== 'running') changes.push({ kind: 'started', step });
  if (step.output.length > seen) changes.push({ kind: 'output', step, lines: step.output.slice(seen) });
  if (step.state !== 'skipped' && isOver(step) && !(before && isOver(before)))
    changes.push({ kind: 'ended', step, tolerated });
  return changes;
}

function isOver(step: Step): boolean {
  return step.state !== 'pending' && step.state !== 'running';
}
