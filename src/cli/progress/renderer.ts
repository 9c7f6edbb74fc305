import type { DeploymentWithSteps } from '../../api/index.ts';

/** Shows a deployment as it goes on. */
export interface Renderer {
  update(deployment: DeploymentWithSteps): void;
  /** A line that stays. */
  note(line: string): void;
  /** Nothing moves any more: what is shown stays. */
  end(): void;
}
