import { once } from 'node:events';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { errnoOf, SlipwayError } from '../kernel/index.ts';

/** Linux: `sun_path` holds 108 bytes with the final NUL. */
const MAX_PATH_BYTES = 107;

/**
 * Listens on a Unix socket that only its owner can open, at no moment anybody else: it is made in a folder of mode 0700
 * and renamed into place, which also replaces the socket of an agent that is dead. `gid`: the members of that group may open it, too.
 *
 * Errors: `agent_running` where somebody answers on it, `path_refused` where the path is too long, or something else is there.
 */
export async function listenPrivately(
  server: net.Server,
  socketPath: string,
  { gid = null }: { gid?: number | null } = {},
): Promise<void> {
  const folder = path.join(path.dirname(socketPath), '.socket');
  const made = path.join(folder, 's');
  for (const name of [socketPath, made]) checkLength(name);
  refuseOther(socketPath);
  if (await answers(socketPath)) {
    throw new SlipwayError('agent_running', {
      message: `another agent answers on ${socketPath}`,
      hint: 'two agents may not share one data folder; that one goes on',
      next: 'slipway status',
    });
  }
  fs.rmSync(folder, { recursive: true, force: true });
  fs.mkdirSync(folder, { mode: 0o700 });
  try {
    server.listen(made);
    await once(server, 'listening');
    fs.chmodSync(made, 0o600);
    if (gid !== null) {
      fs.chownSync(made, -1, gid);
      fs.chmodSync(made, 0o660);
    }
    fs.renameSync(made, socketPath);
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

function checkLength(name: string): void {
  if (Buffer.byteLength(name) <= MAX_PATH_BYTES) return;
  throw new SlipwayError('path_refused', {
    message: `the path of a socket may have ${MAX_PATH_BYTES} bytes, ${name} has ${Buffer.byteLength(name)}`,
    hint: 'choose a shorter `data` folder in the configuration',
  });
}

/** A slip of the pen in the configuration must not cost anybody a file. */
function refuseOther(socketPath: string): void {
  const stat = fs.lstatSync(socketPath, { throwIfNoEntry: false });
  if (stat === undefined || stat.isSocket() || stat.isSymbolicLink()) return;
  throw new SlipwayError('path_refused', {
    message: `${socketPath} is no socket, and is not replaced by one`,
    hint: 'choose another path in the configuration, or move away what is there',
    next: `ls -ld ${socketPath}`,
  });
}

async function answers(socketPath: string): Promise<boolean> {
  const socket = net.connect(socketPath);
  try {
    await once(socket, 'connect');
    return true;
  } catch (error) {
    if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ECONNREFUSED') return false;
    throw error;
  } finally {
    socket.destroy();
  }
}

/** Another agent may have put its own there meanwhile. */
export function removeIfOurs(socketPath: string, inode: number): void {
  if (fs.lstatSync(socketPath, { throwIfNoEntry: false })?.ino === inode) fs.rmSync(socketPath);
}
