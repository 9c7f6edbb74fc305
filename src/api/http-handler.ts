import type { IncomingMessage, ServerResponse } from 'node:http';
import { StandardOpenAPIMatcher } from '@orpc/openapi/standard';
import { createProcedureClient } from '@orpc/server';
import { SlipwayError } from '../kernel/index.ts';
import type { Backend } from './backend.ts';
import { decoded } from './caller.ts';
import { sendEvents } from './event-stream.ts';
import { failureOf } from './failure.ts';
import { nextLink } from './paging.ts';
import { type Named, permit, permitConsole } from './permit.ts';
import type { Operation } from './policy.ts';
import { readInput } from './read-input.ts';
import { readJson } from './request-body.ts';
import { router } from './router.ts';
import { API_PREFIX, UPLOAD_ROUTE } from './routes.ts';
import { sendJson } from './send-json.ts';
import { receiveUpload } from './upload-request.ts';
import type { Visit } from './visit.ts';
import { toWire } from './wire-error.ts';

export interface HandlerOptions {
  backend: Backend;
  /** Shown in the OpenAPI document. */
  version: string;
  heartbeatMs: number;
  /** How long the body of an operation may take to come. */
  bodyTimeoutMs: number;
  /** Gets faults of ours, in words, for the agent's log. */
  report: (message: string) => void;
}

export type Handler = (request: IncomingMessage, response: ServerResponse, visit: Visit) => void;

/**
 * Answers the contract's operations. oRPC's own adapter for Node is not used: it refers to FormData, which loads undici
 * (13 MB), and sends a stream through three web streams (40,000 lines a second; this one 140,000).
 */
export function createHandler(options: HandlerOptions): Handler {
  const { backend, version, heartbeatMs, bodyTimeoutMs, report } = options;
  const matcher = new StandardOpenAPIMatcher();
  matcher.init(router);

  async function answer(request: IncomingMessage, response: ServerResponse, visit: Visit): Promise<void> {
    const { method = 'GET' } = request;
    const send = (status: number, body: unknown) => sendJson({ request, response, status, body });
    const url = urlOf(request);
    if (url === null) return send(404, notFound(method, String(request.url)));
    if (method === 'GET' && url.pathname === `${API_PREFIX}/openapi.json`) {
      const { openApiDocument } = await import('./openapi.ts');
      return send(200, await openApiDocument(version));
    }
    const target = method === UPLOAD_ROUTE.method ? uploadTarget(url.pathname) : null;
    if (target !== null) return send(200, await takeUpload({ request, response, url, visit, target }));
    const isOurs = url.pathname.startsWith(`${API_PREFIX}/`);
    const below = url.pathname.slice(API_PREFIX.length) as `/${string}`;
    const match = isOurs ? await matcher.match(method, below) : undefined;
    if (!match) return send(404, notFound(method, url.pathname));
    const { params = {}, path } = match;
    const named = namedIn(method === 'GET' ? url.searchParams : new URLSearchParams(), params);
    const operation = path[0] as Operation;
    const app = await permitted(operation, { visit, named, params });
    const signal = goneSignal(response);
    const input = await readInput({
      method,
      query: url.searchParams,
      params,
      body: () => readJson({ request, response, timeoutMs: bodyTimeoutMs }),
    });
    // An archive that somebody else has sent is one all the same.
    if (operation === 'deploy' && (input['upload'] ?? null) !== null)
      await permit(backend, visit, { operation: 'upload', named });
    const next = (before: number | string) => response.setHeader('link', nextLink(url, before));
    const { caller, cookie } = visit;
    const call = createProcedureClient(match.procedure, { context: { backend, caller, cookie, next }, path });
    const lastEventId = request.headers['last-event-id'];
    const output: unknown = await call(app === null ? input : { ...input, app }, {
      signal,
      lastEventId: typeof lastEventId === 'string' ? lastEventId : undefined,
    });
    if (!isStream(output)) return send(200, output);
    const release = visit.hold(() => response.destroy());
    try {
      await sendEvents({ response, values: output, signal, heartbeatMs, report });
    } finally {
      release();
    }
  }

  async function permitted(
    operation: Operation,
    { visit, named, params }: { visit: Visit; named: Named; params: Record<string, string> },
  ): Promise<string | null> {
    if (operation !== 'endConsole') return await permit(backend, visit, { operation, named });
    await permitConsole(backend, visit, { operation, console: params['console'] ?? '' });
    return null;
  }

  async function takeUpload(options: {
    request: IncomingMessage;
    response: ServerResponse;
    url: URL;
    visit: Visit;
    target: string;
  }) {
    const { request, response, url, visit, target } = options;
    const named = { app: target, deployment: null };
    const app = (await permit(backend, visit, { operation: 'upload', named })) ?? target;
    const release = visit.hold(() => response.destroy());
    try {
      const name = url.searchParams.get('name');
      return await receiveUpload({ request, response, backend, app, name, caller: visit.caller });
    } finally {
      release();
    }
  }

  return (request, response, visit) => {
    answer(request, response, visit).catch((error: unknown) => {
      if (response.destroyed) return;
      if (response.headersSent) {
        report(`A request broke off: ${String(error)}`);
        response.destroy();
        return;
      }
      const { status, body } = failureOf(error, report);
      sendJson({ request, response, status, body });
    });
  };
}

/** What is asked for, where its path is the one that was sent: not one that becomes another when it is resolved. */
function urlOf({ url = '' }: IncomingMessage): URL | null {
  const [path] = url.split(/[?#]/, 1);
  const parsed = url.startsWith('/') ? URL.parse(`http://slipway${url}`) : null;
  return parsed !== null && parsed.pathname === path && !path.includes('//') ? parsed : null;
}

const UPLOAD_PATH = new RegExp(`^${API_PREFIX}${UPLOAD_ROUTE.path.replace('{app}', '([^/]{1,600})')}$`);

/** The app that an archive is sent for; null where the path is another. */
function uploadTarget(pathname: string): string | null {
  const app = UPLOAD_PATH.exec(pathname)?.[1];
  return app === undefined ? null : decoded(app);
}

/** No operation has its app or its deployment in the body; a test holds that. */
function namedIn(query: URLSearchParams, { app, id }: Record<string, string>): Named {
  return {
    app: app ?? Object.fromEntries(query)['app'] ?? null,
    deployment: id === undefined ? null : Number(id),
  };
}

/** Aborted when the reader goes away before the answer is complete. */
function goneSignal(response: ServerResponse): AbortSignal {
  const gone = new AbortController();
  if (response.destroyed) gone.abort();
  response.once('close', () => {
    if (!response.writableFinished) gone.abort();
  });
  return gone.signal;
}

function notFound(method: string, path: string) {
  return toWire(
    new SlipwayError('usage', {
      message: `there is no ${method} ${path}`,
      hint: `${API_PREFIX}/openapi.json lists what there is`,
    }),
    404,
  );
}

function isStream(body: unknown): body is AsyncIterable<unknown> {
  return typeof body === 'object' && body !== null && Symbol.asyncIterator in body;
}
