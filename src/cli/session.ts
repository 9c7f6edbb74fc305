import os from 'node:os';
import { type AgentAddress, type Client, connect } from '../api/index.ts';
import { findAgent } from './address.ts';
import type { GlobalOptions } from './globals.ts';
import type { Output } from './output/index.ts';
import { findDataDirectory } from './socket.ts';
import { untilStarted } from './starting.ts';

/** One run of the command line. */
export interface Session {
  output: Output;
  env: NodeJS.ProcessEnv;
  /** The file that `--config` names; null where it is not given. */
  configFile: string | null;
  /** Where the agent is that is meant. */
  address(): Promise<AgentAddress>;
  /** The data folder of that agent, as its configuration says. */
  dataDirectory(): Promise<string>;
  client(): Promise<Client>;
}

export function createSession(options: {
  globals: GlobalOptions;
  output: Output;
  env: NodeJS.ProcessEnv;
}): Session {
  const { globals, output, env } = options;
  const configFile = globals.config ?? null;
  const address = async () =>
    await findAgent({ globals, env, tell: (line) => output.err.write(`${line}\n`) });
  return {
    output,
    env,
    configFile,
    address,
    dataDirectory: () => findDataDirectory(configFile, env),
    async client() {
      const found = await address();
      // Of another agent than this host's own systemd says nothing.
      const isOwn = configFile === null && globals.socket === undefined && !env.SLIPWAY_SOCKET;
      if (isOwn && 'socketPath' in found) await untilStarted(found.socketPath);
      return connect({ ...found, actor: actorOf(env) });
    },
  };
}

/** The user, and whom sudo was called by. */
function actorOf(env: NodeJS.ProcessEnv): string {
  const user = userName();
  return env.SUDO_USER && env.SUDO_USER !== user ? `${env.SUDO_USER} (as ${user})` : user;
}

function userName(): string {
  try {
    return os.userInfo().username;
  } catch {
    return `uid ${process.getuid?.()}`; // no entry in the user database
  }
}
