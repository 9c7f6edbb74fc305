import type { Backend } from '../../api/index.ts';
import { maskedConfiguration } from '../../config/index.ts';
import type { HostOptions } from './options.ts';

type Operations = Pick<Backend, 'endAgent' | 'configuration' | 'planConfiguration' | 'applyConfiguration'>;

export function agentOperations({ apps, inForce, endApps }: HostOptions): Operations {
  return {
    async endAgent({ caller }) {
      await endApps(caller.actor);
      return { message: 'all apps are stopped, and the agent ends' };
    },
    configuration: () => ({ file: apps.inForce.file, configuration: maskedConfiguration(apps.inForce) }),
    planConfiguration: async () => await inForce.plan(),
    async applyConfiguration() {
      const changes = await inForce.apply();
      return { message: changes.length === 0 ? 'nothing changed' : changes.join('\n') };
    },
  };
}
