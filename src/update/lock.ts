import fs from 'node:fs';
import path from 'node:path';
import { closing, messageOf, runTool, SlipwayError } from '../kernel/index.ts';
import type { Installation } from './installation.ts';

/** No other failure of flock(1) has this status. */
const HELD = 213;

/**
 * One update at a time on a host, and none beside install.sh, which holds the same file. Nobody but root can open it, so nobody
 * else can hold it. Node has no flock(2): flock(1) takes the lock for a file that is open here, so it is gone with this process,
 * however it ends.
 * @throws SlipwayError `update_refused` while another one is going on
 */
export async function lockUpdates({ base }: Installation): Promise<Disposable> {
  const fd = fs.openSync(path.join(base, '.lock'), 'a', 0o600);
  try {
    fs.fchmodSync(fd, 0o600);
    await runTool(['flock', '--nonblock', '--conflict-exit-code', String(HELD), '3'], { files: [fd] });
    return closing(fd);
  } catch (error) {
    fs.closeSync(fd);
    if (!messageOf(error).endsWith(`status ${HELD}`)) throw error;
    throw new SlipwayError('update_refused', {
      message: 'another update or installation is going on',
      hint: 'nothing was changed',
      next: 'slipway status',
    });
  }
}
