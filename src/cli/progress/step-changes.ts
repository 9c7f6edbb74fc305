import type { DeploymentWithSteps } from '../../api/index.ts';
import type { Step } from '../view/index.ts';

/** What became of a step between two looks at its deployment. */
export type StepChange =
  | { kind: 'started'; step: Step }
  | { kind: 'output'; step: Step; lines: string[] }
  | { kind: 'ended'; step: Step };

/** What changed since `before`; null: since nothing was known of it. In the order of the steps. */
export function stepChanges(before: DeploymentWithSteps | null, after: DeploymentWithSteps): StepChange[] {
  return after.steps.flatMap((step, index) => changesOf(before?.steps[index], step));
}

function changesOf(before: Step | undefined, step: Step): StepChange[] {
  const changes: StepChange[] = [];
  const seen = before?.output.length ?? 0;
  if (step.state === 'running' && before?.state !== 'running') changes.push({ kind: 'started', step });
  if (step.output.length > seen) changes.push({ kind: 'output', step, lines: step.output.slice(seen) });
  if (isOver(step) && !(before && isOver(before))) changes.push({ kind: 'ended', step });
  return changes;
}

function isOver(step: Step): boolean {
  return step.state !== 'pending' && step.state !== 'running';
}
