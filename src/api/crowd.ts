import type { Server } from 'node:http';
import type { Socket } from 'node:net';

const MAX_CONNECTIONS = 100;
/** A request comes at once, or it is none. */
const REQUEST_MS = 5000;
/** Body, answer and all: each connection carries one request. */
const LIFE_MS = 30_000;

/**
 * Keeps the connections of a server that anybody may call few, and nobody out: where one more comes than there may be, that
 * gives way which has been there for longest, of the address that has most. Who asks at once is long gone by then.
 */
export function limitCrowd(server: Server, { requestMs = REQUEST_MS }: { requestMs?: number } = {}): void {
  const crowd = new Crowd();
  const timers = new WeakMap<Socket, NodeJS.Timeout>();
  const endAfter = (socket: Socket, ms: number) => {
    clearTimeout(timers.get(socket));
    timers.set(
      socket,
      setTimeout(() => socket.destroy(), ms),
    );
  };
  server.on('connection', (socket) => {
    const address = socket.remoteAddress ?? '';
    endAfter(socket, requestMs);
    socket.once('close', () => {
      clearTimeout(timers.get(socket));
      crowd.remove(socket, address);
    });
    crowd.add(socket, address)?.destroy();
  });
  const onRequest = ({ socket }: { socket: Socket }) => endAfter(socket, LIFE_MS);
  server.on('request', onRequest).on('checkContinue', onRequest);
}

class Crowd {
  /** The oldest first. */
  private readonly byAddress = new Map<string, Set<Socket>>();
  private count = 0;

  /** Gives the one that has to give way, if any. */
  add(socket: Socket, address: string): Socket | null {
    const sockets = this.byAddress.get(address) ?? new Set();
    this.byAddress.set(address, sockets.add(socket));
    this.count++;
    if (this.count <= MAX_CONNECTIONS) return null;
    const [busiest] = [...this.byAddress].reduce((most, each) => (each[1].size > most[1].size ? each : most));
    const [oldest] = this.byAddress.get(busiest) ?? [];
    if (oldest) this.remove(oldest, busiest);
    return oldest ?? null;
  }

  remove(socket: Socket, address: string): void {
    const sockets = this.byAddress.get(address);
    if (!sockets?.delete(socket)) return;
    this.count--;
    if (sockets.size === 0) this.byAddress.delete(address);
  }
}
