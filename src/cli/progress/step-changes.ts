import type { DeploymentWithSteps } from '../../api/index.ts';
import { KEPT_LINES, leftOutLine, leftOutOf } from '../../kernel/index.ts';
import { isTolerated } from '../../wording/index.ts';
import { type Step } from '../view/index.ts';

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
  const lines = linesSince(before, step);
  if (step.state === 'running' && before?.state !== 'running') changes.push({ kind: 'started', step });
  if (lines.length > 0) changes.push({ kind: 'output', step, lines });
  if (step.state !== 'skipped' && isOver(step) && !(before && isOver(before)))
    changes.push({ kind: 'ended', step, tolerated });
  return changes;
}

function isOver(step: Step): boolean {
  return step.state !== 'pending' && step.state !== 'running';
}

/**
 * A step shows the first of very many lines and as many of the last. Of those that were printed since then and are not
 * shown, how many they are.
 */
function linesSince(before: Step | undefined, now: Step): string[] {
  const seen = before ? printed(before) : 0;
  const added = printed(now) - seen;
  const leftOut = leftOutOf(now.output);
  if (leftOut === null || seen <= KEPT_LINES) return now.output.slice(seen);
  const last = now.output.slice(KEPT_LINES + 1);
  if (added <= last.length) return last.slice(last.length - added);
  const mark = leftOut.isAll ? leftOutLine({ lines: added - last.length, bytes: 0 }) : now.output[KEPT_LINES];
  return [mark ?? '', ...last];
}

/** How many lines there were, shown or not, as far as they were counted. */
function printed({ output }: Step): number {
  const leftOut = leftOutOf(output);
  return leftOut === null ? output.length : output.length - 1 + leftOut.lines;
}
