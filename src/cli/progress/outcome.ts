import type { DeploymentWithSteps } from '../../api/index.ts';
import { errorCodes } from '../../kernel/index.ts';
import type { Colors } from '../output/channel.ts';
import type { Symbols } from '../output/symbols.ts';
import { plain } from '../output/text.ts';
import { took } from '../view/time.ts';

/** Exit status for a deployment that ended (design, section 3). A way back that did not end well is 6, however it ended. */
export function exitStatusOf({ kind, state }: DeploymentWithSteps): number {
  if (state === 'succeeded') return 0;
  if (state === 'cancelled' || state === 'superseded') return errorCodes.failed.exit;
  if (kind === 'rollback') return errorCodes.rollback_failed.exit;
  return state === 'rolled_back' ? errorCodes.rolled_back.exit : errorCodes.failed.exit;
}

/** How a deployment ended, in a line, and what to type next where it did not succeed. */
export function outcomeText(
  deployment: DeploymentWithSteps,
  { colors, symbols }: { colors: Colors; symbols: Symbols },
): string {
  const { id, app, version, kind, state, reason, started_at, ended_at } = deployment;
  const time = took(started_at, ended_at, Date.now());
  const which = `(deployment ${id}${time === null ? '' : `, ${time}`})`;
  const why = reason === null ? '' : `: ${plain(reason)}`;
  const next = (command: string) => `\n  ${colors.dim('next:')} ${colors.bold(command)}`;
  const bad = colors.red(symbols.failed);
  switch (state) {
    case 'succeeded':
      return `${colors.green(symbols.done)} ${app} is ${kind === 'rollback' ? 'back on' : 'live on'} ${version} ${which}`;
    case 'rolled_back':
      return `${bad} ${app} ${version} failed and was taken back${why} ${which}${next(`slipway show ${id}`)}`;
    case 'cancelled':
      return `${bad} ${app} ${version} was cancelled${why} ${which}${next(`slipway status ${app}`)}`;
    case 'superseded':
      return `${bad} ${app} ${version} gave way to a newer deployment${why} ${which}${next(`slipway deployments ${app}`)}`;
    default:
      return `${bad} ${app} ${version} failed${why} ${which}${next(`slipway show ${id}`)}`;
  }
}
