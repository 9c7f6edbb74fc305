import http, {
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import https from 'node:https';
import type { Duplex } from 'node:stream';
import type { SecureContextOptions } from 'node:tls';
import type { Access } from '../../access/index.ts';
import { type Clock, errnoOf, madeOnce, messageOf, SlipwayError, unawaited } from '../../kernel/index.ts';
import type { Backend } from '../backend.ts';
import { type Limits, limitCrowd } from '../crowd.ts';
import { isHook } from '../hooks.ts';
import type { Handler } from '../http-handler.ts';
import { LateServer } from '../late-server.ts';
import { refuseUpgrade } from '../refuse-upgrade.ts';
import { API_PREFIX } from '../routes.ts';
import { sendJson } from '../send-json.ts';
import { isOfNoPage, isOfPages, loadStaticFiles } from '../static/index.ts';

import { serveTerminals } from '../terminal-upgrade.ts';
import type { Visit } from '../visit.ts';
import { toWire } from '../wire-error.ts';
import { Certificate } from './certificate.ts';
import { Gate } from './gate.ts';
import { Lasting } from './lasting.ts';
import type { DoorSettings } from './settings.ts';

export interface TcpAddress {
  host: string;
  port: number;
}

export interface DoorOptions {
  address: TcpAddress;
  settings: DoorSettings;
  access: Access;
  backend: Backend;
  clock: Clock;
  hooks: RequestListener;
  /** Answers the contract's operations. */
  handler: Handler;
  report: (message: string) => void;
  recheckMs?: number;
  /** Where the pages are; by default where the build puts them. */
  pagesDirectory?: string;
}

export interface Door {
  /** Takes on what can be changed while it serves. Gives what needs a new start of the agent, in the words of the file. */
  configure(settings: DoorSettings): string[];
  /** The same, and nothing is changed. */
  lateKeys(settings: DoorSettings): string[];
  /** Resolves when no connection is left. */
  close(): Promise<void>;
}

/**
 * Serves over TCP: `/health`, the webhooks of git hosts and the pages to everybody, and everything else to whom it knows.
 * Nothing else of a request is looked at before that.
 */
export function serveDoor(options: DoorOptions): Door {
  const { address, access, backend, clock, hooks, handler, report, recheckMs } = options;
  let { settings } = options;
  const lasting = new Lasting({ ended: access.ended, ...(recheckMs !== undefined && { recheckMs }) });
  const gate = new Gate({
    ...{ access, clock, lasting },
    own: () => ({ settings, listenHost: address.host }),
  });

  const answer: RequestListener = (request, response) => {
    setCommonHeaders(request, response, settings);
    if (isHook(request)) return alone(response, () => hooks(request, response));
    if (isHealth(request))
      return alone(response, () => sendJson({ request, response, status: 200, body: { status: 'ok' } }));
    if (isOfPages(request) || isOfNoPage(request)) unawaited(servePage(request, response), 'a page');
    else enter(request, response);
  };

  const files = madeOnce(() => loadStaticFiles(options.pagesDirectory ?? null));
  async function servePage(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      if ((await files()).serve(request, response)) return;
    } catch (error) {
      report(`The pages cannot be read: ${messageOf(error)}`);
    }
    const message = 'the pages are not there, or not those that this address is of: load it anew';
    sendJson({ request, response, status: 404, body: toWire(new SlipwayError('usage', { message }), 404) });
  }

  function enter(request: IncomingMessage, response: ServerResponse): void {
    let visit: Visit;
    try {
      const setHeader = (name: string, value: string) => {
        response.setHeader(name, value);
      };
      visit = isLogIn(request) ? gate.anybody(request, setHeader) : gate.known(request, setHeader);
    } catch (error) {
      return refuse(request, response, error as SlipwayError);
    }
    if (visit.principal === null || !crowd?.admit(request.socket, visit.caller.actor))
      response.setHeader('connection', 'close');
    handler(request, response, visit);
  }

  const isTls = settings.tls !== null;
  let made: Server | null = null;
  let crowd: Limits | null = null;
  let secure: SecureContextOptions = {};
  const certificate = settings.tls === null ? null : certificateOf(settings.tls);
  const door = new LateServer(() => {
    made = createServer(isTls ? secure : null, answer);
    made.on('checkContinue', answer).on('checkExpectation', answer);
    crowd = limitCrowd(made);
    serveTerminals(made, { backend, report, visitOf });
    return made;
  });

  function certificateOf(files: { cert: string; key: string }): Certificate {
    return new Certificate({
      ...{ files, clock, report },
      onChange: (context) => {
        secure = context;
        (made as https.Server | null)?.setSecureContext(context);
      },
    });
  }

  function visitOf(request: IncomingMessage, socket: Duplex): Visit | null {
    try {
      const visit = gate.known(request, () => undefined);
      const release = visit.hold(() => socket.destroy());
      socket.once('close', release);
      crowd?.admit(request.socket, visit.caller.actor);
      return visit;
    } catch (error) {
      refuseUpgrade(socket, error as SlipwayError);
      return null;
    }
  }

  door.on('error', (error) => report(whyNot(address, error)));
  door.listen(address.port, address.host);
  const lateKeys = (next: DoorSettings) =>
    JSON.stringify(settings.tls) === JSON.stringify(next.tls) ? [] : ['tls'];
  return {
    configure(next) {
      const late = lateKeys(next);
      settings = { ...next, tls: settings.tls };
      certificate?.look();
      return late;
    },
    lateKeys,
    close() {
      certificate?.close();
      lasting.close();
      return door.end();
    },
  };
}

/** Times out nothing by itself: Node would look every 30 s, and an upload takes as long as it takes. */
const UNTIMED = { headersTimeout: 0, requestTimeout: 0, keepAliveTimeout: 65_000 };

/** `secure` null: without TLS. */
function createServer(secure: SecureContextOptions | null, answer: RequestListener): Server {
  // What asks for another protocol than WebSocket is answered in this one.
  const shouldUpgradeCallback = (request: IncomingMessage) =>
    /^websocket$/i.test(request.headers.upgrade ?? '');
  if (secure === null) return http.createServer({ ...UNTIMED, shouldUpgradeCallback }, answer);
  const settings = { minVersion: 'TLSv1.2', ALPNProtocols: ['http/1.1'], handshakeTimeout: 5000 } as const;
  return https.createServer({ ...UNTIMED, ...settings, ...secure, shouldUpgradeCallback }, answer);
}

/** Each connection carries one request of those whom nobody knows. */
function alone(response: ServerResponse, serve: () => void): void {
  response.setHeader('connection', 'close');
  serve();
}

function refuse(request: IncomingMessage, response: ServerResponse, error: SlipwayError): void {
  const body = toWire(error);
  if (body.status === 401) response.setHeader('www-authenticate', 'Bearer');
  response.setHeader('connection', 'close');
  sendJson({ request, response, status: body.status, body });
}

function setCommonHeaders(
  { headers }: IncomingMessage,
  response: ServerResponse,
  { tls, behindProxy }: DoorSettings,
): void {
  // Of a name of this machine it would be believed for whatever else listens here.
  const isOfThisMachine = /^(localhost|127\.|\[)/i.test(headers.host ?? '');
  if ((tls !== null || behindProxy) && !isOfThisMachine)
    response.setHeader('strict-transport-security', 'max-age=31536000');
  response.setHeader('referrer-policy', 'no-referrer');
  response.setHeader('cache-control', 'no-store');
  response.setHeader('x-content-type-options', 'nosniff');
  response.setHeader('content-security-policy', "default-src 'none'; frame-ancestors 'none'");
}

function isHealth({ url, method = '' }: IncomingMessage): boolean {
  return url === '/health' && ['GET', 'HEAD'].includes(method);
}

/** By the path as it was sent; which operation that is, and whether it is for anybody, is decided anew when it is found. */
function isLogIn({ url = '' }: IncomingMessage): boolean {
  return /^\/api\/v1\/session\/[a-z/-]+$/.test(url) && url.startsWith(API_PREFIX);
}

function whyNot({ host, port }: TcpAddress, error: unknown): string {
  const why = errnoOf(error) === 'EADDRINUSE' ? 'another process has the port' : messageOf(error);
  return `API, pages and webhooks are not served on ${host}:${port}: ${why}; change "listen" in the configuration, or free the port. All else works`;
}
