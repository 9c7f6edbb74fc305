import type { Client } from '../../api/index.ts';
import { checkAgent } from './agent.ts';
import type { Check } from './check.ts';
import { checkConfiguration } from './configuration.ts';
import { judgeGround, readGround } from './control-groups.ts';
import { checkHost } from './host.ts';
import { checkUnit } from './systemd.ts';

export type { Check } from './check.ts';

/** Looks at everything that can be wrong with this host. Changes nothing. */
export async function examine(options: {
  configFile: string | null;
  env: NodeJS.ProcessEnv;
  client: Client;
  socketPath: string;
}): Promise<Check[]> {
  const { configFile, env, client, socketPath } = options;
  const groups = await Promise.all([
    checkHost(),
    checkConfiguration({ configFile, env }),
    checkAgent(client, socketPath),
    checkUnit(),
  ]);
  return [...groups.flat(), ...judgeGround(readGround())];
}
