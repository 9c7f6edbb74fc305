import type { Deployment, DeploymentWithSteps } from '../../api/index.ts';
import { formatDuration } from '../../kernel/index.ts';
import { type Colors, plain, type Symbols } from '../output/index.ts';
import { stateText } from './state.ts';
import { localTime, took } from './time.ts';

export type Step = DeploymentWithSteps['steps'][number];

/** Room for the name of a step, so that the times stand in a column. */
export const NAME_COLUMNS = 32;

/** `start shop/1` */
export function stepName(step: { name: string; instance: string | null }): string {
  return step.instance === null ? step.name : `${step.name} ${step.instance}`;
}

/** A deployment with all that is known of it. */
export function deploymentView(
  deployment: DeploymentWithSteps,
  options: { colors: Colors; symbols: Symbols; now: number },
): string {
  const { colors, symbols, now } = options;
  const { id, app, version, kind, state, trigger, actor, reason, started_at, ended_at } = deployment;
  const time = took(started_at, ended_at, now);
  const lines = [
    `${colors.bold(`${app} ${version}`)}  ${stateText(state, colors)}${time === null ? '' : ` after ${time}`}`,
    `  deployment ${id}, ${kind}, ${trigger === 'auto' ? 'automatic' : `${trigger} by ${plain(actor)}`}${started_at === null ? '' : `, ${localTime(started_at)}`}`,
    ...(reason ? [`  ${plain(reason)}`] : []),
    '',
    ...deployment.steps.flatMap((step) => stepLines(step, { colors, symbols })),
  ];
  if (isEnded(deployment)) return lines.join('\n');
  return [...lines, '', colors.dim(`follow it: slipway show ${id} -f`)].join('\n');
}

function stepLines(step: Step, options: { colors: Colors; symbols: Symbols }): string[] {
  const { colors, symbols } = options;
  const output = step.output.map((line) => colors.dim(`  ${symbols.gutter} ${plain(line)}`));
  return [`  ${stepLine(step, options)}`, ...output];
}

/** A step that ended, or waits: its sign, name, time and, where it did not succeed, the reason. */
export function stepLine(step: Step, options: { colors: Colors; symbols: Symbols }): string {
  const { colors, symbols } = options;
  const name = stepName(step).padEnd(NAME_COLUMNS);
  const time = step.duration_ms === null ? '' : formatDuration(step.duration_ms);
  const reason = step.reason === null || step.state === 'succeeded' ? '' : `  ${plain(step.reason)}`;
  if (step.state === 'succeeded') return `${colors.green(symbols.done)} ${name} ${colors.dim(time)}`;
  if (step.state === 'failed')
    return `${colors.red(symbols.failed)} ${name} ${colors.dim(time)}${colors.red(reason)}`;
  return colors.dim(`${symbols.skipped} ${name} ${time || step.state}${reason}`);
}

export function isEnded(deployment: Deployment): boolean {
  return deployment.state !== 'queued' && deployment.state !== 'running';
}
