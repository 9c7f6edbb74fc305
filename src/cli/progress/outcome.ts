import type { DeploymentWithSteps } from '../../api/index.ts';
import { errorCodes, systemClock } from '../../kernel/index.ts';
import { took, versionText, withShortCommits } from '../../wording/index.ts';
import { type Colors, plain, type Symbols } from '../output/index.ts';

/**
 * What of a site is not as its live release wants it, though the deployment has succeeded: its workers are down, or what serves
 * it was not reloaded.
 */
function shortfallOf({ id, app, steps }: DeploymentWithSteps): { text: string; next: string } | null {
  const short = steps.find(
    ({ name, state }) => state === 'failed' && (name === 'workers' || name === 'reload'),
  );
  if (!short) return null;
  const what = short.name === 'workers' ? 'its workers are not' : 'what serves it was not reloaded';
  return {
    text: `${what}: ${plain(withShortCommits(short.reason ?? 'no reason given'))}`,
    next: short.name === 'workers' ? `slipway logs ${app} --stderr` : `slipway show ${id}`,
  };
}

/** The exit status for a deployment that ended (docs/errors.md). A way back that did not end well is 6, however it ended. */
export function exitStatusOf(deployment: DeploymentWithSteps): number {
  const { kind, state } = deployment;
  if (state === 'succeeded') return shortfallOf(deployment) === null ? 0 : errorCodes.failed.exit;
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
  const shortfall = state === 'succeeded' ? shortfallOf(deployment) : null;
  if (state === 'succeeded' && shortfall === null) {
    const but = reason === null ? '' : `; ${plain(reason)}`;
    return `${colors.green(symbols.done)} ${successText(deployment)}${but} ${which}`;
  }
  const what = FAILURES[state] ?? 'failed';
  const why = reason ? `: ${plain(withShortCommits(reason))}` : '';
  const hint = `${colors.dim('next:')} ${colors.bold(shortfall?.next ?? `slipway show ${id}`)}`;
  if (shortfall !== null)
    return `${colors.yellow(symbols.warning)} ${successText(deployment)}, and ${shortfall.text} ${which}\n  ${hint}`;
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
