import type { DeploymentWithSteps } from '../../api/index.ts';
import { formatDuration } from '../../kernel/index.ts';
import { type Colors, plain, type Symbols } from '../output/index.ts';

export type Step = DeploymentWithSteps['steps'][number];

/** Room for the name of a step, so that the times stand in a column. */
export const NAME_COLUMNS = 32;

/** `start shop/1` */
export function stepName(step: { name: string; instance: string | null }): string {
  return step.instance === null ? step.name : `${step.name} ${step.instance}`;
}

/** A step that ended, or waits: its sign, name, time and, where it did not succeed, the reason. */
export function stepLine(
  step: Step,
  options: { colors: Colors; symbols: Symbols; tolerated: boolean },
): string {
  const { colors, symbols, tolerated } = options;
  const name = stepName(step).padEnd(NAME_COLUMNS);
  const time = step.duration_ms === null ? '' : formatDuration(step.duration_ms);
  const reason = step.reason === null || step.state === 'succeeded' ? '' : `  ${plain(step.reason)}`;
  if (step.state === 'succeeded') return `${colors.green(symbols.done)} ${name} ${colors.dim(time)}`;
  if (step.state === 'failed') {
    const color = tolerated ? colors.yellow : colors.red;
    const sign = tolerated ? symbols.warning : symbols.failed;
    return `${color(sign)} ${name} ${colors.dim(time)}${color(reason)}`;
  }
  const what = step.state === 'skipped' ? '' : time;
  return colors.dim(`${symbols.skipped} ${name} ${what || step.state}${reason}`);
}

/** What comes after a fatal failure. */
const WAY_BACK = ['switch-back', 'hook: deploy.failure'];

/**
 * Whether a failed step let its deployment go on: it succeeded all the same, or the step that was planned next is not
 * given up.
 */
export function isTolerated(deployment: DeploymentWithSteps, position: number): boolean {
  const { state, steps } = deployment;
  const step = steps[position];
  if (step?.state !== 'failed') return false;
  if (state === 'succeeded') return true;
  const next = steps[position + 1];
  return /^(hook: |workers$|reload$)/.test(step.name) && next !== undefined && hasContinued(next);
}

function hasContinued(next: Step): boolean {
  return next.state !== 'skipped' && !WAY_BACK.includes(next.name);
}
