import path from 'node:path';
import { loadDataDirectory } from '../config/file/index.ts';
import { SlipwayError } from '../kernel/index.ts';

const DEFAULT_DATA = '/var/lib/slipway';

/**
 * The socket of the agent that is meant: `--socket`, else the data folder of `--config`, else SLIPWAY_SOCKET, else the
 * data folder of the configuration that an agent would use here.
 */
export async function findSocket(options: {
  socket: string | null;
  configFile: string | null;
  env: NodeJS.ProcessEnv;
}): Promise<string> {
  const { socket, configFile, env } = options;
  if (socket !== null) return path.resolve(socket);
  if (configFile === null && env.SLIPWAY_SOCKET) return path.resolve(env.SLIPWAY_SOCKET);
  return path.join(await findDataDirectory(configFile, env), 'slipway.sock');
}

/** The data folder of `--config`, else of the configuration that an agent would use here. */
export async function findDataDirectory(configFile: string | null, env: NodeJS.ProcessEnv): Promise<string> {
  try {
    return await loadDataDirectory({ file: configFile, env });
  } catch (error) {
    const none = error instanceof SlipwayError && error.code === 'config_missing' && configFile === null;
    if (none) return DEFAULT_DATA;
    throw error;
  }
}
