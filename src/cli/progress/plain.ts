import type { DeploymentWithSteps } from '../../api/index.ts';
import { formatDuration } from '../../kernel/index.ts';
import { stepName } from '../../wording/index.ts';
import { type Channel, plain } from '../output/index.ts';
import type { Renderer } from './renderer.ts';
import { type StepChange, stepChanges } from './step-changes.ts';

/** Writes for a log file a line when a step starts and one when it ends, and what it prints. */
export class PlainRenderer implements Renderer {
  private readonly channel: Channel;
  private last: DeploymentWithSteps | null = null;

  constructor(channel: Channel) {
    this.channel = channel;
  }

  update(deployment: DeploymentWithSteps): void {
    if (deployment.state === 'queued' && this.last === null) this.note('waiting for its turn');
    for (const change of stepChanges(this.last, deployment)) this.note(changeText(change));
    this.last = deployment;
  }

  note(line: string): void {
    this.channel.write(`${line}\n`);
  }

  end(): void {}
}

function changeText(change: StepChange): string {
  const name = stepName(change.step);
  if (change.kind === 'started') return `${name}: started`;
  if (change.kind === 'output') return change.lines.map((line) => `${name} | ${plain(line)}`).join('\n');
  const { state, duration_ms, reason } = change.step;
  const ending = state === 'succeeded' ? 'done' : change.tolerated ? 'warning: failed' : state;
  const time = duration_ms === null ? '' : ` after ${formatDuration(duration_ms)}`;
  const why = reason === null || state === 'succeeded' ? '' : `: ${plain(reason)}`;
  return `${name}: ${ending}${time}${why}`;
}
