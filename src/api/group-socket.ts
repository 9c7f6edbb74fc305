import fs from 'node:fs';
import http, { type IncomingMessage, type RequestListener, type Server } from 'node:http';
import net, { type Socket } from 'node:net';
import path from 'node:path';
import type { Access, Principal, Role } from '../access/index.ts';
import { type Clock, Event, messageOf, peerOf, refuseOthers, type SlipwayError } from '../kernel/index.ts';
import { userName } from '../supervisor/index.ts';
import type { Backend, Caller } from './backend.ts';
import { actionOf } from './deeds.ts';
import { Lasting } from './door/index.ts';
import type { Handler } from './http-handler.ts';
import { listenPrivately, removeIfOurs } from './private-socket.ts';
import { refuseUpgrade } from './refuse-upgrade.ts';
import { ACTOR_HEADER } from './routes.ts';
import { serveTerminals } from './terminal-upgrade.ts';
import type { Visit } from './visit.ts';

/** A second socket, which the members of a group of the host may open. */
export interface GroupSettings {
  group: string;
  gid: number;
  path: string;
  /** What each of them may do. Apps by id; null: all. */
  role: Role;
  apps: readonly string[] | null;
}

export interface GroupSocketOptions {
  access: Access;
  backend: Backend;
  clock: Clock;
  handler: Handler;
  report: (message: string) => void;
  recheckMs?: number;
  /** How long the head of a request may take to come. */
  headMs?: number;
}

/** A name of a user is asked for again after so long. */
const NAME_GOOD_MS = 60_000;
const MOST_OF_ONE = 256;
const MOST = 1000;
const HEAD_MS = 10_000;

/**
 * Serves members of a group what their role may, as it would over TCP. Who they are the kernel says, of each connection; what they
 * say of themselves is not looked at.
 */
export class GroupSocket {
  private readonly options: GroupSocketOptions;
  private settings: GroupSettings | null = null;
  private open: { server: net.Server; made: number; lasting: Lasting; endHttp: () => unknown } | null = null;
  private readonly visitors = new Map<Socket, Principal>();
  private readonly names = new Map<number, { name: string; atMs: number }>();
  private turn: Promise<void> = Promise.resolve();

  constructor(options: GroupSocketOptions) {
    this.options = options;
  }

  /** Null: nobody has one. What is open ends with a change. Says in words what keeps it from being served. */
  configure(settings: GroupSettings | null): Promise<void> {
    this.turn = this.turn.then(async () => {
      if (JSON.stringify(settings) === JSON.stringify(this.settings) && (settings === null || this.open))
        return;
      await this.end();
      this.settings = settings;
      if (settings === null) return;
      try {
        this.open = await this.serve(settings);
      } catch (error) {
        this.options.report(
          `the socket ${settings.path} of the group ${settings.group} is not served: ${messageOf(error)}; all else works`,
        );
      }
    });
    return this.turn;
  }

  close(): Promise<void> {
    return this.configure(null);
  }

  private async end(): Promise<void> {
    const { open, settings } = this;
    this.open = null;
    // Who is about to come in is not let in any more.
    this.settings = null;
    if (open === null || settings === null) return;
    removeIfOurs(settings.path, open.made);
    open.lasting.close();
    // A console that a page keeps outlives its connection.
    this.options.access.ended.emit(addressOf(settings));
    open.endHttp();
    await new Promise<void>((resolve) => {
      open.server.close(() => resolve());
      for (const socket of this.visitors.keys()) socket.destroy();
    });
  }

  private async serve(settings: GroupSettings) {
    const { recheckMs, report } = this.options;
    const lasting = new Lasting({
      ended: new Event<string>(),
      ...(recheckMs !== undefined && { recheckMs }),
    });
    const visitOf = (request: IncomingMessage) => this.visit(request, { settings, lasting });
    let api: Server | null = null;
    // Nothing is read before it is known who it is.
    const server = net.createServer({ pauseOnConnect: true }, (socket) => {
      socket.on('error', () => socket.destroy());
      this.admit(socket, settings).then(
        (isIn) => {
          if (!isIn) return socket.destroy();
          api ??= this.httpServer(visitOf);
          api.emit('connection', socket);
          return socket.resume();
        },
        (error: unknown) => {
          socket.destroy();
          report(`who opens ${settings.path} cannot be told, so nobody is let in: ${messageOf(error)}`);
        },
      );
    });
    server.maxConnections = MOST;
    const folder = path.dirname(settings.path);
    refuseOthers(folder);
    // Whatever the umask is, or the group could not come to it.
    if (fs.mkdirSync(folder, { recursive: true }) !== undefined) fs.chmodSync(folder, 0o755);
    await listenPrivately(server, settings.path, { gid: settings.gid });
    return { server, lasting, made: fs.lstatSync(settings.path).ino, endHttp: () => api?.close() };
  }

  private httpServer(visitOf: (request: IncomingMessage) => Visit): Server {
    const { backend, handler, report, headMs = HEAD_MS } = this.options;
    const answer: RequestListener = (request, response) => handler(request, response, visitOf(request));
    const server = http.createServer(
      { headersTimeout: headMs, connectionsCheckingInterval: headMs, requestTimeout: 0 },
      answer,
    );
    // It does not listen itself, and looks at the time that a head takes from then on only.
    server.emit('listening');
    server.on('checkContinue', answer);
    serveTerminals(server, {
      ...{ backend, report },
      visitOf: (request, socket) => {
        const visit = visitOf(request);
        try {
          socket.once(
            'close',
            visit.hold(() => socket.destroy()),
          );
        } catch (error) {
          refuseUpgrade(socket, error as SlipwayError);
          return null;
        }
        return visit;
      },
    });
    return server;
  }

  /** Whether it may stay. */
  private async admit(socket: Socket, settings: GroupSettings): Promise<boolean> {
    const { role, apps } = settings;
    const { uid } = await peerOf(socket);
    const name = await this.nameOf(uid);
    const ofOne = [...this.visitors.values()].filter((each) => each.name === name).length;
    if (socket.destroyed || this.settings !== settings || ofOne >= MOST_OF_ONE) return false;
    this.visitors.set(socket, { kind: 'group', name, role, apps, session: null, token: null });
    socket.once('close', () => this.visitors.delete(socket));
    return true;
  }

  private async nameOf(uid: number): Promise<string> {
    const now = this.options.clock.monotonicMs();
    const known = this.names.get(uid);
    if (known && now - known.atMs < NAME_GOOD_MS) return known.name;
    const name = (await userName(uid)) ?? `uid ${uid}`;
    this.names.set(uid, { name, atMs: now });
    return name;
  }

  private visit(
    request: IncomingMessage,
    { settings, lasting }: { settings: GroupSettings; lasting: Lasting },
  ): Visit {
    const { access } = this.options;
    const principal = this.visitors.get(request.socket);
    if (!principal) throw new Error('a request of nobody');
    const address = addressOf(settings);
    const trigger = request.headers[ACTOR_HEADER] === undefined ? 'api' : 'cli';
    const caller: Caller = { trigger, actor: principal.name, address, browser: null, principal };
    return {
      caller,
      principal,
      cookie: () => undefined,
      // What ends it is the end of the socket.
      hold: (end) =>
        lasting.hold({ id: address, owner: `${address} ${principal.name}`, isGood: () => true, end }),
      refused({ operation, app, subject, reason }) {
        const about = { actor: principal.name, address, app, action: actionOf(operation), subject };
        access.audit.refused(about, reason);
      },
    };
  }
}

/** Where its members come from, in the audit; ends what they have open. */
function addressOf({ group }: GroupSettings): string {
  return `group:${group}`;
}
