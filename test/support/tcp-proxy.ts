import net from 'node:net';
import { onTestFinished } from 'vitest';

export interface TcpProxy {
  port: number;
  /** Bytes that were passed on: to the server, and from it. */
  sent: number;
  received: number;
  /** Connections that were opened so far, and requests of HTTP on them. */
  connections: number;
  requests: number;
  /** Asked with each connection: it is cut when so many bytes have come from the server; null: it is not. */
  budget: () => number | null;
  /** Asked with what a client has sent: true cuts its connection. */
  refuses: (sent: string) => boolean;
  /** Refuses who comes, and cuts who is there. */
  down: boolean;
  /** Cuts all connections now. */
  cut(): void;
}

/** A network between a client and a server on this host: one that counts, cuts, and is out of order as a test says. */
export async function tcpProxy(target: { host?: string; port: number }): Promise<TcpProxy> {
  const sockets = new Set<net.Socket>();
  const server = net.createServer((near) => {
    if (proxy.down) {
      near.resetAndDestroy();
      return;
    }
    proxy.connections++;
    let left = proxy.budget();
    const far = net.connect({ host: '127.0.0.1', ...target });
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        sockets.delete(socket);
        near.destroy();
        far.destroy();
      });
    }
    near.on('data', (bytes) => {
      proxy.sent += bytes.length;
      if (proxy.refuses(bytes.toString('latin1'))) {
        near.resetAndDestroy();
        return;
      }
      proxy.requests += bytes.toString('latin1').match(/^(GET|HEAD|PUT|POST) \//gm)?.length ?? 0;
      far.write(bytes);
    });
    far.on('data', (bytes) => {
      const passed = left === null ? bytes : bytes.subarray(0, left);
      proxy.received += passed.length;
      if (left !== null) left -= passed.length;
      // What a slow client does not take is not read from the server.
      if (!near.write(passed)) {
        far.pause();
        near.once('drain', () => far.resume());
      }
      if (left === 0) near.end(() => near.resetAndDestroy());
    });
  });
  const proxy: TcpProxy = {
    port: 0,
    sent: 0,
    received: 0,
    connections: 0,
    requests: 0,
    budget: () => null,
    refuses: () => false,
    down: false,
    cut() {
      for (const socket of sockets) socket.resetAndDestroy();
    },
  };
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  proxy.port = (server.address() as net.AddressInfo).port;
  onTestFinished(async () => {
    proxy.cut();
    await new Promise((resolve) => server.close(resolve));
  });
  return proxy;
}
