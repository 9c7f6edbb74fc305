import type { Deployment, DeploymentWithSteps } from '../../api/index.ts';
import { isTolerated, localTime, took, versionText } from '../../wording/index.ts';
import { type Colors, plain, type Symbols } from '../output/index.ts';
import { stateText } from './state.ts';
import { type Step, stepLine } from './step.ts';

/** A deployment with all that is known of it. */
export function deploymentView(
  deployment: DeploymentWithSteps,
  options: { colors: Colors; symbols: Symbols; now: number },
): string {
  const { colors, symbols, now } = options;
  const { id, app, version, kind, state, trigger, actor, reason, started_at, ended_at } = deployment;
  const time = took(started_at, ended_at, now);
  const lines = [
    `${colors.bold(`${app} ${versionText(version)}`)}  ${stateText(state, colors)}${time === null ? '' : ` after ${time}`}`,
    `  deployment ${id}, ${kind}, ${trigger === 'auto' ? 'automatic' : `${trigger} by ${plain(actor)}`}${started_at === null ? '' : `, ${localTime(started_at)}`}`,
    ...(reason ? [`  ${plain(reason)}`] : []),
    '',
    ...deployment.steps.flatMap((step, position) =>
      stepLines(withoutRepetition(step, deployment), {
        colors,
        symbols,
        tolerated: isTolerated(deployment, position),
      }),
    ),
  ];
  if (isEnded(deployment)) return lines.join('\n');
  return [...lines, '', colors.dim(`follow it: slipway show ${id} -f`)].join('\n');
}

/** Steps that were given up with their deployment have its reason, which stands above. */
function withoutRepetition(step: Step, { state, reason, steps }: DeploymentWithSteps): Step {
  const isRepeated = steps.some((other) => other.state === 'failed' && other.reason === step.reason);
  const isTold = reason !== null && step.reason === reason;
  return step.state === 'skipped' && (isTold || (state !== 'succeeded' && isRepeated))
    ? { ...step, reason: null }
    : step;
}

function stepLines(step: Step, options: { colors: Colors; symbols: Symbols; tolerated: boolean }): string[] {
  const { colors, symbols } = options;
  const output = step.output.map((line) => colors.dim(`  ${symbols.gutter} ${plain(line)}`));
  return [`  ${stepLine(step, options)}`, ...output];
}

export function isEnded(deployment: Deployment): boolean {
  return deployment.state !== 'queued' && deployment.state !== 'running';
}
