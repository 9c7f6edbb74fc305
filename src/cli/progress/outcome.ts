import type { DeploymentWithSteps } from '../../api/index.ts';
import { errorCodes, systemClock } from '../../kernel/index.ts';
import { took, versionText, withShortCommits } from '../../wording/index.ts';
import { type Colors, plain, type Symbols } from '../output/index.ts';

/** The exit status for a deployment that ended (docs/errors.md). A way back that did not end well is 6, however it ended. */
export function exitStatusOf({ kind, state }: DeploymentWithSteps): number {
  if (state === 'succeeded') return 0;
  if (state === 'cancelled' || state === 'superseded') return errorCodes.failed.exit;
  if (kind === 'rollback') return errorCodes.rollback_failed.exit;
  return state === 'rolled_back' ? errorCodes.rolled_back.exit : errorCodes.failed.exit;
}

/** What a deployment is about, as it begins. */
export function titleText({ id, app, version, kind }: DeploymentWithSteps): string {
  if (kind === 'env') return `changing the .env of ${app} (deployment ${id})`;
  const what = kind === 'rollback' ? `taking ${app} back to` : `deploying ${app}`;
  return `${what} ${versionText(version)} (deployment ${id})`;
}

/** How a deployment ended, in a line, and what to type next where it did not succeed. */
export function outcomeText(
  deployment: DeploymentWithSteps,
  { colors, symbols }: { colors: Colors; symbols: Symbols },
): string {
  const { id, state, reason, started_at, ended_at } = deployment;
  const time = took(started_at, ended_at, systemClock.now());
  const which = `(deployment ${id}${time === null ? '' : `, ${time}`})`;
  if (state === 'succeeded') return `${colors.green(symbols.done)} ${successText(deployment)} ${which}`;
  const what = FAILURES[state] ?? 'failed';
  const why = reason ? `: ${plain(withShortCommits(reason))}` : '';
  const hint = `${colors.dim('next:')} ${colors.bold(`slipway show ${id}`)}`;
  return `${colors.red(symbols.failed)} ${subjectOf(deployment)} ${what}${why} ${which}\n  ${hint}`;
}

function successText({ app, version, kind }: DeploymentWithSteps): string {
  if (kind === 'env') return `the .env of ${app} is changed`;
  return `${app} ${kind === 'rollback' ? 'is back on' : 'is live on'} ${versionText(version)}`;
}

function subjectOf({ app, version, kind }: DeploymentWithSteps): string {
  return kind === 'env' ? `the change of the .env of ${app}` : `${app} ${versionText(version)}`;
}

const FAILURES: Partial<Record<DeploymentWithSteps['state'], string>> = {
  rolled_back: 'failed and was taken back',
  cancelled: 'was cancelled',
  superseded: 'gave way to a newer deployment',
};
