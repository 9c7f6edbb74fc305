import fs from 'node:fs';
import http, { type RequestListener } from 'node:http';
import type { Access } from '../access/index.ts';
import { type Clock, systemClock } from '../kernel/index.ts';
import { audited } from './audited.ts';
import type { Backend } from './backend.ts';
import { type Door, type DoorSettings, serveDoor, type TcpAddress } from './door/index.ts';
import { type GroupSettings, GroupSocket } from './group-socket.ts';
import { createHooks, isHook } from './hooks.ts';
import { lateHandler } from './late-handler.ts';
import { LateServer } from './late-server.ts';
import { listenPrivately, removeIfOurs } from './private-socket.ts';
import { serveTerminals } from './terminal-upgrade.ts';
import { visitOfSocket } from './visit.ts';

export interface ServeOptions {
  backend: Backend;
  /** Who may come in over TCP. */
  access: Access;
  socketPath: string;
  /** Where it is served over TCP, too; null for nowhere. */
  listen: TcpAddress | null;
  /** What the configuration says of that; by default as it is on loopback. */
  door?: DoorSettings;
  /** A second socket, for a group of the host; null for none. */
  group?: GroupSettings | null;
  clock?: Clock;
  version: string;
  /** Gets, in words, what went wrong and does not stop the agent: a taken port, a fault in a request. */
  report: (message: string) => void;
  heartbeatMs?: number;
  /** How long a body may take to come, but for an upload, which takes as long as it takes. */
  bodyTimeoutMs?: number;
  /** How often it is looked whether what lasts may still do so. */
  recheckMs?: number;
  /** How long the head of a request may take to come on the group's socket. */
  headMs?: number;
  pagesDirectory?: string;
}

export interface RunningApi {
  /** Takes on what can be changed while it serves; gives the keys of the file that need a new start. */
  configure(door: DoorSettings): string[];
  /** The same, and nothing is changed. */
  lateKeys(door: DoorSettings): string[];
  /** Resolves when the group has its socket, or none. */
  configureGroup(group: GroupSettings | null): Promise<void>;
  /** Ends all connections, streams too, and removes the socket. */
  close(): Promise<void>;
}

/**
 * Serves the API on the Unix socket, everything to whoever may open it, and over TCP to whom it lets in.
 *
 * Errors: `agent_running` where another agent answers on the socket.
 */
export async function serveApi(options: ServeOptions): Promise<RunningApi> {
  const { access, socketPath, listen, version, report, recheckMs } = options;
  const backend = audited(options.backend, access.audit);
  const { heartbeatMs = 15_000, bodyTimeoutMs = 10_000, clock = systemClock } = options;
  const settings = options.door ?? { public: null, tls: null, behindProxy: false };
  const hooks = createHooks({ backend, bodyTimeoutMs, report });
  const handler = lateHandler(async () => {
    const { createHandler } = await import('./http-handler.ts');
    return createHandler({ backend, version, heartbeatMs, bodyTimeoutMs, report });
  }, report);
  const answer: RequestListener = (request, response) => {
    if (isHook(request)) return hooks(request, response);
    handler(request, response, visitOfSocket(request));
  };
  const api = new LateServer(() => {
    const server = http.createServer({ headersTimeout: 0, requestTimeout: 0 }, answer);
    server.on('checkContinue', answer);
    serveTerminals(server, { backend, report, visitOf: visitOfSocket });
    return server;
  });
  await listenPrivately(api, socketPath);
  const made = fs.lstatSync(socketPath).ino;
  const door: Door | null =
    listen &&
    serveDoor({
      ...{ address: listen, settings, access, backend, clock, hooks, report, handler },
      ...(recheckMs !== undefined && { recheckMs }),
      ...(options.pagesDirectory !== undefined && { pagesDirectory: options.pagesDirectory }),
    });
  const group = new GroupSocket({
    ...{ access, backend, clock, handler, report },
    ...(recheckMs !== undefined && { recheckMs }),
    ...(options.headMs !== undefined && { headMs: options.headMs }),
  });
  await group.configure(options.group ?? null);
  return {
    configureGroup: (next) => group.configure(next),
    configure: (next) => door?.configure(next) ?? [],
    lateKeys: (next) => door?.lateKeys(next) ?? [],
    async close() {
      await Promise.all([api.end(), door?.close(), group.close()]);
      removeIfOurs(socketPath, made);
    },
  };
}
