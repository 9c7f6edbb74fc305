import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { madeOnce, unawaited } from '../kernel/index.ts';
import { notLoaded } from './late-handler.ts';
import { refuseUpgrade } from './refuse-upgrade.ts';
import { API_PREFIX, TERMINAL_PATH } from './routes.ts';
import type { TerminalServerOptions } from './terminal-server.ts';
import type { Visit } from './visit.ts';

export interface UpgradeOptions extends TerminalServerOptions {
  /** Null where he may not come in, and has been told so. */
  visitOf: (request: IncomingMessage, socket: Duplex) => Visit | null;
}

/** Lets a server of HTTP open shells, too. The WebSockets are loaded with the first one. */
export function serveTerminals(api: Server, { visitOf, ...options }: UpgradeOptions): void {
  const accepting = madeOnce(async () => {
    const { createTerminalServer } = await import('./terminal-server.ts');
    return createTerminalServer(options);
  });
  api.on('upgrade', (request, socket, head) => {
    socket.on('error', () => socket.destroy());
    const visit = visitOf(request, socket);
    if (visit === null) return;
    if (request.url?.split('?')[0] !== `${API_PREFIX}${TERMINAL_PATH}`) {
      socket.end('HTTP/1.1 404 Not Found\r\nconnection: close\r\ncontent-length: 0\r\n\r\n');
      return;
    }
    const open = async () => {
      try {
        const accept = await accepting();
        if (!socket.destroyed) accept(request, socket, { head, visit });
      } catch (error) {
        refuseUpgrade(socket, notLoaded(error, options.report));
      }
    };
    unawaited(open(), 'a shell');
  });
}
