import type { RequestListener, Server } from 'node:http';
import type { Socket } from 'node:net';

/** Of those whom nobody knows; also of those who have not had the time to say who they are. */
const MAX_UNKNOWN = 512;
/** Of those who are known: a stream has one of its own. */
const MAX_KNOWN = 1200;
const MAX_OF_ONE = 320;
/** A request comes at once, or it is none. */
const REQUEST_MS = 5000;
/** Body, answer and all, of somebody whom nobody knows. */
const LIFE_MS = 30_000;
/** Between an answer and the end of the next request's head, of somebody who is known. */
const PAUSE_MS = 60_000;

export interface Limits {
  /**
   * Counts a connection among those of `who`, which may stay. False where he has too many: then it stays what it was.
   */
  admit(socket: Socket, who: string): boolean;
}

/**
 * Keeps the connections of a server that anybody may call few, and nobody out: where one more comes than there may be, that
 * gives way which has been there for longest, of the address that has most. Who asks at once is long gone by then. Those of
 * people who have been found to be let in are counted for themselves.
 */
export function limitCrowd(
  server: Server,
  { requestMs = REQUEST_MS, maxUnknown = MAX_UNKNOWN }: { requestMs?: number; maxUnknown?: number } = {},
): Limits {
  const crowd = new Crowd(maxUnknown);
  const known = new Known();
  const open = new Map<string, Connection>();
  server.on('connection', (socket) => {
    const address = socket.remoteAddress ?? '';
    const connection = new Connection({ socket, address, requestMs });
    const key = keyOf(socket);
    open.set(key, connection);
    socket.once('close', () => {
      connection.endNever();
      if (open.get(key) === connection) open.delete(key);
      crowd.remove(socket, address);
      known.remove(connection);
    });
    crowd.add(socket, address)?.destroy();
  });
  const onRequest: RequestListener = ({ socket }, response) => {
    const connection = open.get(keyOf(socket));
    if (!connection) return;
    connection.inFlight += 1;
    if (connection.isKnown) connection.endNever();
    else connection.endAfter(LIFE_MS);
    response.once('close', () => {
      connection.inFlight -= 1;
      if (connection.isKnown && connection.inFlight === 0) connection.endAfter(PAUSE_MS);
    });
  };
  server.prependListener('request', onRequest);
  server.prependListener('checkContinue', onRequest);
  return {
    admit(socket, who) {
      const connection = open.get(keyOf(socket));
      if (!connection || !known.add(connection, who)) return false;
      connection.endNever();
      crowd.remove(connection.socket, connection.address);
      return true;
    },
  };
}

/** With TLS a request has another socket than its connection, of the same ends. */
function keyOf({ remoteAddress, remotePort, localPort }: Socket): string {
  return `${remoteAddress} ${remotePort} ${localPort}`;
}

class Connection {
  readonly socket: Socket;
  readonly address: string;
  isKnown = false;
  /** Requests that are not answered yet. */
  inFlight = 0;
  private timer: NodeJS.Timeout;

  constructor(options: { socket: Socket; address: string; requestMs: number }) {
    const { socket, address, requestMs } = options;
    this.socket = socket;
    this.address = address;
    this.timer = setTimeout(() => socket.destroy(), requestMs);
  }

  endAfter(ms: number): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.socket.destroy(), ms);
  }

  endNever(): void {
    clearTimeout(this.timer);
  }
}

class Known {
  private readonly owners = new Map<Connection, string>();

  add(connection: Connection, who: string): boolean {
    if (this.owners.get(connection) === who) return true;
    this.owners.delete(connection);
    const ofOne = [...this.owners.values()].filter((each) => each === who).length;
    if (ofOne >= MAX_OF_ONE || this.owners.size >= MAX_KNOWN) return false;
    this.owners.set(connection, who);
    connection.isKnown = true;
    return true;
  }

  remove(connection: Connection): void {
    this.owners.delete(connection);
  }
}

class Crowd {
  /** The oldest first. */
  private readonly byAddress = new Map<string, Set<Socket>>();
  private count = 0;
  private readonly max: number;

  constructor(max: number) {
    this.max = max;
  }

  /** Gives the one that has to give way, if any. */
  add(socket: Socket, address: string): Socket | null {
    const sockets = this.byAddress.get(address) ?? new Set();
    this.byAddress.set(address, sockets.add(socket));
    this.count++;
    if (this.count <= this.max) return null;
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
