import type { DeploymentWithSteps } from '../../api/index.ts';
import { formatDuration } from '../../kernel/index.ts';
import { stepName } from '../../wording/index.ts';
import { type Colors, plain, type Symbols } from '../output/index.ts';

export type Step = DeploymentWithSteps['steps'][number];

/** Room for the name of a step, so that the times stand in a column. */
export const NAME_COLUMNS = 32;

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
