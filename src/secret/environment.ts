import { SlipwayError } from '../kernel/index.ts';
import type { Store, StoreOptions } from './store.ts';

/** Variables of the agent's own environment. */
export function environmentStore(
  { prefix }: Extract<StoreOptions, { type: 'env' }>,
  env: NodeJS.ProcessEnv,
): Store {
  return {
    address: "the agent's environment",
    isLocal: true,
    async read(name) {
      const value = env[`${prefix}${name}`];
      if (value !== undefined) return value;
      throw new SlipwayError('secret_missing', {
        message: `the agent's environment has no variable ${prefix}${name}`,
        hint: 'it is read once, when the agent starts',
        next: `systemctl edit slipway   ([Service] EnvironmentFile=, or Environment="${prefix}${name}=..."; then: systemctl restart slipway)`,
      });
    },
  };
}
