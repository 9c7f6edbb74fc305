import type { ServiceConfiguration } from '../config/index.ts';
import type { AppContext, StepContext } from '../deployment/index.ts';
import type { ServiceLayout } from '../release/index.ts';

export interface ServiceContext extends AppContext {
  readonly layout: ServiceLayout;
  /** Called before each step of an upgrade in place, with its name. */
  readonly onHotStep?: ((step: string) => void) | undefined;
  configuration: ServiceConfiguration;
}

export interface ServiceStep extends StepContext {
  context: ServiceContext;
}

/** A step that is about one instance. */
export interface InstanceStep extends ServiceStep {
  unit: string;
}

/** Whether each instance runs in a copy of its own of the release. */
export function hasCopies(configuration: ServiceConfiguration): boolean {
  return configuration.runtime !== 'command';
}
