import type { GroupSettings } from '../api/index.ts';
import type { Configuration } from '../config/index.ts';
import { SlipwayError } from '../kernel/index.ts';
import { findGroup } from '../supervisor/index.ts';

/**
 * The socket for a group of the host, as the configuration has it; null where it has none.
 * @throws SlipwayError `config_invalid` where there is no such group
 */
export async function groupOf({ socket }: Pick<Configuration, 'socket'>): Promise<GroupSettings | null> {
  if (socket === null) return null;
  try {
    return { ...socket, gid: await findGroup(socket.group) };
  } catch (error) {
    if (!(error instanceof SlipwayError) || error.next === null) throw error;
    throw new SlipwayError('config_invalid', {
      message: `socket.group: ${error.message}`,
      hint: 'nothing was changed',
      next: `${error.next} && slipway config apply`,
    });
  }
}
