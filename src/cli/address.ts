import fs from 'node:fs';
import type { AgentAddress } from '../api/index.ts';
import { messageOf, registerSecret, SlipwayError } from '../kernel/index.ts';
import type { GlobalOptions } from './globals.ts';
import { findSocket } from './socket.ts';

/**
 * Where the agent is that is meant: `--url`, else `--socket` or the data folder of `--config`, else SLIPWAY_URL, else as on this
 * host.
 *
 * Errors: `usage` where two of them are named; `permission` where a file may not be read.
 */
export async function findAgent(options: {
  globals: GlobalOptions;
  env: NodeJS.ProcessEnv;
  /** Gets what a person should know besides. */
  tell: (line: string) => void;
}): Promise<AgentAddress> {
  const { globals, env, tell } = options;
  const { url: named, socket = null, config: configFile = null } = globals;
  if (named !== undefined && socket !== null)
    throw new SlipwayError('usage', { message: '--url and --socket name two agents', hint: 'name one' });
  const isLocal = socket !== null || configFile !== null;
  const url = named ?? (isLocal ? undefined : env.SLIPWAY_URL);
  if (!url) return { socketPath: await findSocket({ socket, configFile, env }) };
  const tokenFile = globals.tokenFile ?? env.SLIPWAY_TOKEN_FILE;
  return {
    url,
    token: tokenFile ? readToken(tokenFile, tell) : null,
    ca: globals.ca === undefined ? null : read(globals.ca, 'certificate'),
  };
}

function readToken(file: string, tell: (line: string) => void): string {
  const token = read(file, 'token').trim();
  if (!/^[A-Za-z0-9._~+/-]+=*$/.test(token))
    throw new SlipwayError('usage', {
      message: `${file} holds no token`,
      hint: 'it holds one alone, as "slipway token create" has printed it',
    });
  registerSecret(token);
  if ((fs.statSync(file).mode & 0o077) !== 0)
    tell(`warning: others than you may read the token in ${file}: chmod 600 ${file}`);
  return token;
}

function read(file: string, what: string): string {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch (cause) {
    throw new SlipwayError('permission', {
      message: `the ${what} cannot be read: ${messageOf(cause)}`,
      cause,
    });
  }
}
