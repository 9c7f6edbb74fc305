import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { StandardOpenAPIMatcher } from '@orpc/openapi/standard';
import { StandardHandler } from '@orpc/server/standard';
import { SlipwayError } from '../kernel/index.ts';
import type { Backend, Caller } from './backend.ts';
import { createCodec } from './codec.ts';
import { sendEvents } from './event-stream.ts';
import { readBody } from './request-body.ts';
import { type Context, router } from './router.ts';
import { ACTOR_HEADER, API_PREFIX } from './routes.ts';
import { toWire } from './wire-error.ts';

export interface HandlerOptions {
  backend: Backend;
  /** Shown in the OpenAPI document. */
  version: string;
  heartbeatMs: number;
  /** Gets faults of ours, in words, for the agent's log. */
  report: (message: string) => void;
}

/**
 * Answers the contract's operations. oRPC's own adapter for Node is not used: it refers to FormData, which loads undici
 * (13 MB), and sends a stream through three web streams (40,000 lines a second; this one 140,000).
 */
export function createHandler(options: HandlerOptions): RequestListener {
  const { backend, version, heartbeatMs, report } = options;
  const handler = new StandardHandler<Context>(router, new StandardOpenAPIMatcher(), createCodec(report), {});

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = 'GET', headers } = request;
    const url = URL.parse(request.url ?? '/', 'http://slipway');
    if (url === null) return sendJson(response, 404, notFound(method, String(request.url)));
    if (method === 'GET' && url.pathname === `${API_PREFIX}/openapi.json`) {
      const { openApiDocument } = await import('./openapi.ts');
      return sendJson(response, 200, await openApiDocument(version));
    }
    const signal = goneSignal(response);
    const result = await handler.handle(
      { method, url, headers, body: () => readBody(request), signal },
      { prefix: API_PREFIX, context: { backend, caller: callerOf(request) } },
    );
    if (!result.matched) return sendJson(response, 404, notFound(method, url.pathname));
    const { status, body } = result.response;
    if (isStream(body)) await sendEvents({ response, values: body, signal, heartbeatMs, report });
    else sendJson(response, status, body);
  }

  return (request, response) => {
    answer(request, response).catch((error) => {
      report(`A request broke off: ${String(error)}`);
      response.destroy();
    });
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

function callerOf(request: IncomingMessage): Caller {
  const actor = request.headers[ACTOR_HEADER];
  if (typeof actor !== 'string') return { trigger: 'api', actor: 'socket' };
  return {
    trigger: 'cli',
    actor: decoded(actor)
      .replace(/\p{Cc}/gu, '?')
      .slice(0, 100),
  };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  const text = JSON.stringify(body);
  // What is left of a refused body would be read as the next request.
  if (status === 413) response.setHeader('connection', 'close');
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
  });
  response.end(text);
}

function notFound(method: string, path: string) {
  return toWire(
    new SlipwayError('usage', {
      message: `there is no ${method} ${path}`,
      hint: `${API_PREFIX}/openapi.json lists what there is`,
    }),
  );
}

function isStream(body: unknown): body is AsyncIterable<unknown> {
  return typeof body === 'object' && body !== null && Symbol.asyncIterator in body;
}
