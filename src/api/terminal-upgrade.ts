import type { Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { callerOf } from './caller.ts';
import { API_PREFIX, TERMINAL_PATH } from './routes.ts';
import type { AcceptTerminal, TerminalServerOptions } from './terminal-server.ts';

/** Lets a server of HTTP open shells, too. The WebSockets are loaded with the first one. */
export function serveTerminals(
  api: Server,
  options: Omit<TerminalServerOptions, 'callerOf'>,
): { close(): void } {
  const raw = new Set<Duplex>();
  let accepting: Promise<AcceptTerminal> | null = null;
  const load = async () => {
    const { createTerminalServer } = await import('./terminal-server.ts');
    return createTerminalServer({ ...options, callerOf });
  };
  api.on('upgrade', (request, socket, head) => {
    // The server of HTTP no longer knows it: it is ours to close.
    raw.add(socket);
    socket.once('close', () => raw.delete(socket));
    socket.on('error', () => socket.destroy());
    if (request.url?.split('?')[0] !== `${API_PREFIX}${TERMINAL_PATH}`) {
      socket.end('HTTP/1.1 404 Not Found\r\nconnection: close\r\ncontent-length: 0\r\n\r\n');
      return;
    }
    accepting ??= load();
    void accepting.then((accept) => {
      if (!socket.destroyed) accept(request, socket, head);
    });
  });
  return {
    close() {
      for (const socket of raw) socket.destroy();
    },
  };
}
