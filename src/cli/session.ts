import os from 'node:os';
import { type Client, connect } from '../api/index.ts';
import type { Output } from './output/index.ts';
import { findDataDirectory, findSocket } from './socket.ts';

/** What the command line gives every verb. */
export interface GlobalOptions {
  config?: string;
  socket?: string;
  json?: boolean;
}

/** One run of the command line. */
export interface Session {
  output: Output;
  env: NodeJS.ProcessEnv;
  /** The file that `--config` names; null where it is not given. */
  configFile: string | null;
  /** The socket of the agent that is meant. */
  socketPath(): Promise<string>;
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
  const socketPath = async () => findSocket({ socket: globals.socket ?? null, configFile, env });
  return {
    output,
    env,
    configFile,
    socketPath,
    dataDirectory: () => findDataDirectory(configFile, env),
    client: async () => connect({ socketPath: await socketPath(), actor: actorOf(env) }),
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
