import type { Backend } from '../../api/index.ts';
import { Vms } from '../vms.ts';
import type { HostOptions } from './options.ts';

type Operations = Pick<Backend, 'restart' | 'stop' | 'start' | 'vm' | 'openTerminal'>;

export function instanceOperations({ apps, terminals }: HostOptions): Operations {
  const vms = new Vms();
  return {
    restart: async ({ app, instance, caller }) => ({
      message: await apps.find(app).restart(instance, caller),
    }),
    stop: async ({ app, instance, caller }) => ({ message: await apps.find(app).stop(instance, caller) }),
    start: async ({ app, instance, caller }) => ({
      message: await apps.find(app).startInstance(instance, caller),
    }),
    vm: async ({ app, instance }) => await vms.look(apps.find(app), instance),
    openTerminal: async (asked) => await terminals.start(asked),
  };
}
