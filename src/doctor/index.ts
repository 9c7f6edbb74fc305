import { checkAgent } from './agent.ts';
import type { Check } from './check.ts';
import { checkConfiguration } from './configuration.ts';
import { judgeGround, readGround } from './control-groups.ts';
import { checkHost } from './host.ts';
import type { RunningAgent } from './running-agent.ts';
import { checkUnit } from './systemd.ts';

export type { Check } from './check.ts';
export type { RunningAgent } from './running-agent.ts';

/** Looks at everything that can be wrong with this host. Changes nothing. */
export async function examine(options: {
  configFile: string | null;
  env: NodeJS.ProcessEnv;
  /** Asks the agent of this host; throws where none answers. */
  askAgent: () => Promise<RunningAgent>;
  socketPath: string;
}): Promise<Check[]> {
  const { configFile, env, socketPath } = options;
  // Asked once, and told to all who want to know.
  const asked = options.askAgent();
  asked.catch(() => undefined);
  const askAgent = () => asked;
  const groups = await Promise.all([
    checkHost(),
    checkConfiguration({ configFile, env, askAgent }),
    checkAgent(askAgent, socketPath),
    checkUnit(),
  ]);
  return [...groups.flat(), ...judgeGround(readGround())];
}
