import fs from 'node:fs';
import path from 'node:path';
import { loadDataDirectory, loadPlaces } from '../config/file/index.ts';
import { SlipwayError } from '../kernel/index.ts';

const DEFAULT_DATA = '/var/lib/slipway';
const DEFAULT_GROUP_SOCKET = '/run/slipway/slipway.sock';

/**
 * The socket of the agent that is meant: `--socket`, else the data folder of `--config`, else SLIPWAY_SOCKET, else the
 * data folder of the configuration that an agent would use here. Whoever may not open that one gets the one of the group.
 */
export async function findSocket(options: {
  socket: string | null;
  configFile: string | null;
  env: NodeJS.ProcessEnv;
}): Promise<string> {
  const { socket, configFile, env } = options;
  if (socket !== null) return path.resolve(socket);
  if (configFile === null && env.SLIPWAY_SOCKET) return path.resolve(env.SLIPWAY_SOCKET);
  const { own, ofGroup } = await findSockets(configFile, env);
  return isForbidden(own) && fs.existsSync(ofGroup) ? ofGroup : own;
}

/** The owner's socket, and that of a group. The configuration may be the owner's alone to read, too. */
async function findSockets(
  configFile: string | null,
  env: NodeJS.ProcessEnv,
): Promise<{ own: string; ofGroup: string }> {
  try {
    const { data, groupSocket } = await loadPlaces({ file: configFile, env });
    return { own: path.join(data, 'slipway.sock'), ofGroup: groupSocket };
  } catch (error) {
    const isOurs = error instanceof SlipwayError && configFile === null;
    const mayGoOn =
      isOurs &&
      (error.code === 'config_missing' ||
        (error.code === 'permission' && fs.existsSync(DEFAULT_GROUP_SOCKET)));
    if (!mayGoOn) throw error;
    return { own: path.join(DEFAULT_DATA, 'slipway.sock'), ofGroup: DEFAULT_GROUP_SOCKET };
  }
}

function isForbidden(socketPath: string): boolean {
  try {
    fs.accessSync(socketPath, fs.constants.R_OK | fs.constants.W_OK);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EACCES';
  }
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
