import type { Server } from 'node:http';
import net, { type Socket } from 'node:net';

/**
 * Listens for a server of HTTP that is made with the first connection: an agent that nobody asks need not have node:http, and
 * what stands on it, 9 MB. Emits `error` where it cannot listen.
 */
export class LateServer extends net.Server {
  private readonly sockets = new Set<Socket>();

  constructor(make: () => Server) {
    // Nothing is read before the other one has the connection.
    super({ pauseOnConnect: true });
    let server: Server | null = null;
    this.on('connection', (socket: Socket) => {
      this.sockets.add(socket);
      socket.once('close', () => this.sockets.delete(socket));
      server ??= make();
      server.emit('connection', socket);
      socket.resume();
    });
  }

  /** Resolves when no connection is left: all are ended. */
  end(): Promise<void> {
    return new Promise((resolve) => {
      this.close(() => resolve());
      for (const socket of this.sockets) socket.destroy();
    });
  }
}
