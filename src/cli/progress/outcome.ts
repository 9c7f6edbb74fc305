import type { DeploymentWithSteps } from '../../api/index.ts';
import { errorCodes } from '../../kernel/index.ts';
import { type Colors, plain, type Symbols } from '../output/index.ts';
import { took } from '../view/index.ts';

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
  if (state === 'succeeded') {
    const now = kind === 'rollback' ? 'is back on' : 'is live on';
    return `${colors.green(symbols.done)} ${app} ${now} ${version} ${which}`;
  }
  const what = FAILURES[state] ?? 'failed';
  const why = reason ? `: ${plain(reason)}` : '';
  const hint = `${colors.dim('next:')} ${colors.bold(`slipway show ${id}`)}`;
  return `${colors.red(symbols.failed)} ${app} ${version} ${what}${why} ${which}\n  ${hint}`;
}

const FAILURES: Partial<Record<DeploymentWithSteps['state'], string>> = {
  rolled_back: 'failed and was taken back',
  cancelled: 'was cancelled',
  superseded: 'gave way to a newer deployment',
};
