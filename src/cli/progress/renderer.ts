import type { DeploymentWithSteps } from '../../api/index.ts';
import { type Channel, type Symbols } from '../output/index.ts';
import { LiveRenderer } from './live.ts';
import { PlainRenderer } from './plain.ts';

/** Shows a deployment as it goes on. */
export interface Renderer {
  update(deployment: DeploymentWithSteps): void;
  /** A line that stays. */
  note(line: string): void;
  /** Nothing moves any more: what is shown stays. */
  end(): void;
}

export function createRenderer(channel: Channel, symbols: Symbols): Renderer {
  return channel.live ? new LiveRenderer(channel, symbols) : new PlainRenderer(channel);
}
