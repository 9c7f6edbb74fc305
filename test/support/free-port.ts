import net from 'node:net';
import { onTestFinished } from 'vitest';

const FIRST = 10_240;
// The kernel's own choices for outgoing connections begin at 32,768.
const BLOCK = 64;
const BLOCKS = Math.floor((32_768 - FIRST) / BLOCK);

/**
 * The first of `count` free ports in a row (63 at most). They stay this test's own until it ends: a listener on the
 * port before them is the lock of their block, honoured by every test run on this machine. Where several tests
 * share them pass what `setUpAll` gives.
 */
export async function freePorts(
  count: number,
  cleanUp: (fn: () => Promise<void>) => void = onTestFinished,
): Promise<number> {
  if (count >= BLOCK) throw new RangeError(`${count} ports in a row are too many (${BLOCK - 1} at most)`);
  const start = Math.floor(Math.random() * BLOCKS);
  for (let i = 0; i < BLOCKS; i++) {
    const guardPort = FIRST + ((start + i) % BLOCKS) * BLOCK;
    const guard = await listen(guardPort);
    if (!guard) continue;
    if (await areFree(guardPort + 1, count)) {
      guard.unref();
      cleanUp(() => close(guard));
      return guardPort + 1;
    }
    await close(guard);
  }
  throw new Error(`no ${count} free ports in a row`);
}

async function areFree(first: number, count: number): Promise<boolean> {
  for (let port = first; port < first + count; port++) {
    const server = await listen(port);
    if (!server) return false;
    await close(server);
  }
  return true;
}

/** Listens on every address, so that a listener on any of them is noticed. */
function listen(port: number): Promise<net.Server | null> {
  return new Promise((resolve) => {
    const server = net.createServer((socket) => socket.destroy());
    server.once('error', () => resolve(null));
    server.listen({ port, exclusive: true }, () => resolve(server));
  });
}

function close(server: net.Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()));
}
