import fs from 'node:fs';
import http, { type RequestListener, type Server } from 'node:http';
import type { Backend } from './backend.ts';
import { serveHealth, type TcpAddress } from './health.ts';
import { listenPrivately } from './private-socket.ts';

export interface ServeOptions {
  backend: Backend;
  socketPath: string;
  /** Where `/health` is served; null for nowhere. */
  listen: TcpAddress | null;
  version: string;
  /** Gets, in words, what went wrong and does not stop the agent: a taken port, a fault in a request. */
  report: (message: string) => void;
  heartbeatMs?: number;
}

export interface RunningApi {
  /** Ends all connections, streams too, and removes the socket. */
  close(): Promise<void>;
}

/**
 * Serves the API on the Unix socket, everything to whoever may open it, and `/health` on TCP to everybody.
 *
 * Errors: `agent_running` where another agent answers on the socket.
 */
export async function serveApi(options: ServeOptions): Promise<RunningApi> {
  const { backend, socketPath, listen, version, report, heartbeatMs = 15_000 } = options;
  // Contract, shapes and router are 7 MB, which an agent that nobody asks need not have.
  let handler: Promise<RequestListener> | null = null;
  const load = async () => {
    const { createHandler } = await import('./http-handler.ts');
    return createHandler({ backend, version, heartbeatMs, report });
  };
  const api = http.createServer(
    { headersTimeout: 10_000, requestTimeout: 30_000 },
    async (request, response) => {
      handler ??= load();
      (await handler)(request, response);
    },
  );
  await listenPrivately(api, socketPath);
  const made = fs.lstatSync(socketPath).ino;
  const health = listen === null ? null : serveHealth(listen, report);
  return {
    async close() {
      await Promise.all([closed(api), health === null ? undefined : closed(health)]);
      removeIfOurs(socketPath, made);
    },
  };
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

/** Another agent may have put its own there meanwhile. */
function removeIfOurs(socketPath: string, inode: number): void {
  if (fs.lstatSync(socketPath, { throwIfNoEntry: false })?.ino === inode) fs.rmSync(socketPath);
}
