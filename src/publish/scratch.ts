import { once } from 'node:events';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { errnoOf, systemClock } from '../kernel/index.ts';

const PREFIX = 'slipway-publish-';
/** A socket in it, on which its publisher listens: the kernel says of it whether he lives, whatever ends him. */
const ALIVE = '.alive';
/** One without a socket is of somebody who has just begun, if it is not older. */
const UNKNOWN_MS = 86_400_000;

/** A folder to pack and unpack in, until it is disposed of. What publishers who were killed have left goes first. */
export async function openScratch(): Promise<{ folder: string } & AsyncDisposable> {
  await sweep();
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), PREFIX));
  const server = net.createServer((socket) => socket.destroy());
  server.unref();
  server.listen(path.join(folder, ALIVE));
  // Where the path is too long for a socket it is swept a day later.
  await once(server, 'listening').catch(() => undefined);
  return {
    folder,
    async [Symbol.asyncDispose]() {
      server.close();
      await fs.promises.rm(folder, { recursive: true, force: true });
    },
  };
}

async function sweep(): Promise<void> {
  const top = os.tmpdir();
  const names = await fs.promises.readdir(top).catch(() => []);
  for (const name of names.filter((each) => each.startsWith(PREFIX)))
    await remove(path.join(top, name)).catch(() => undefined);
}

/** Others have theirs in the same place: those are left to them. */
async function remove(folder: string): Promise<void> {
  const stat = await fs.promises.lstat(folder);
  if (!stat.isDirectory() || stat.uid !== process.geteuid?.()) return;
  const state = await stateOf(path.join(folder, ALIVE));
  const isLeft = state === 'dead' || (state === 'unknown' && systemClock.now() - stat.mtimeMs > UNKNOWN_MS);
  if (isLeft) await fs.promises.rm(folder, { recursive: true, force: true });
}

async function stateOf(socketPath: string): Promise<'alive' | 'dead' | 'unknown'> {
  const socket = net.connect(socketPath);
  try {
    await once(socket, 'connect');
    return 'alive';
  } catch (error) {
    return errnoOf(error) === 'ECONNREFUSED' ? 'dead' : 'unknown';
  } finally {
    socket.destroy();
  }
}
