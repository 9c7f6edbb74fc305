import type { Backend } from '../../api/index.ts';
import type { HostOptions } from './options.ts';

type Operations = Pick<Backend, 'pin' | 'unpin' | 'ghost' | 'unghost'>;

export function versionOperations({ apps }: HostOptions): Operations {
  return {
    pin: async ({ app, version, caller }) => ({ message: apps.find(app).automatic.pin(version, caller) }),
    unpin: async ({ app, caller }) => ({ message: apps.find(app).automatic.unpin(caller) }),
    ghost: async ({ app, version, caller }) => ({ message: apps.find(app).automatic.ghost(version, caller) }),
    unghost: async ({ app, version, caller }) => ({
      message: apps.find(app).automatic.unghost(version, caller),
    }),
  };
}
