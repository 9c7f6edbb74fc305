import { once } from 'node:events';
import net from 'node:net';
import { errnoOf, SlipwayError } from '../kernel/index.ts';

/** A name in the kernel, which is free again as soon as its owner is gone, however it ends. */
const NAME = '\0slipway-update';

/** One update at a time on a host. @throws SlipwayError `update_refused` while another one is going on */
export async function lockUpdates(): Promise<AsyncDisposable> {
  const server = net.createServer((socket) => socket.destroy());
  server.listen(NAME);
  try {
    await once(server, 'listening');
  } catch (error) {
    if (errnoOf(error) !== 'EADDRINUSE') throw error;
    throw new SlipwayError('update_refused', {
      message: 'another update is going on',
      hint: 'nothing was changed',
      next: 'slipway status',
    });
  }
  return { [Symbol.asyncDispose]: async () => void server.close() };
}
