import type { Backend } from '../../api/index.ts';
import { restart, start, stop } from '../../app/index.ts';
import { Vms } from '../vms.ts';
import type { HostOptions } from './options.ts';

type Operations = Pick<
  Backend,
  'restart' | 'stop' | 'start' | 'vm' | 'openTerminal' | 'attachConsole' | 'consoles' | 'endConsole'
>;

export function instanceOperations({ apps, terminals }: HostOptions): Operations {
  const vms = new Vms();
  return {
    restart: async ({ app, instance, caller }) => ({
      message: await restart(apps.find(app), { unit: instance, caller }),
    }),
    stop: async ({ app, instance, caller }) => ({
      message: await stop(apps.find(app), { unit: instance, caller }),
    }),
    start: async ({ app, instance, caller }) => ({
      message: await start(apps.find(app), { unit: instance, caller }),
    }),
    vm: async ({ app, instance }) => await vms.look(apps.find(app), instance),
    openTerminal: async (asked) => await terminals.start(asked),
    attachConsole: async (asked) => await terminals.attach(asked),
    consoles: () => terminals.list(),
    async endConsole({ console }) {
      const { instance } = terminals.endConsole(console);
      return { message: `the console on ${instance ?? 'the host'} is ended` };
    },
  };
}
