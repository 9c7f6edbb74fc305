import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { StandardOpenAPIMatcher } from '@orpc/openapi/standard';
import { StandardHandler } from '@orpc/server/standard';
import { SlipwayError } from '../kernel/index.ts';
import type { Backend } from './backend.ts';
import { callerOf, decoded } from './caller.ts';
import { createCodec } from './codec.ts';
import { sendEvents } from './event-stream.ts';
import { failureOf } from './failure.ts';
import { nextLink } from './paging.ts';
import { readJson } from './request-body.ts';
import { type Context, router } from './router.ts';
import { API_PREFIX, UPLOAD_ROUTE } from './routes.ts';
import { sendJson } from './send-json.ts';
import { receiveUpload } from './upload-request.ts';
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

/**
 * Answers the contract's operations. oRPC's own adapter for Node is not used: it refers to FormData, which loads undici
 * (13 MB), and sends a stream through three web streams (40,000 lines a second; this one 140,000).
 */
export function createHandler(options: HandlerOptions): RequestListener {
  const { backend, version, heartbeatMs, bodyTimeoutMs, report } = options;
  const handler = new StandardHandler<Context>(router, new StandardOpenAPIMatcher(), createCodec(report), {});

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = 'GET', headers } = request;
    const send = (status: number, body: unknown) => sendJson({ request, response, status, body });
    const url = URL.parse(request.url ?? '/', 'http://slipway');
    if (url === null) return send(404, notFound(method, String(request.url)));
    if (method === 'GET' && url.pathname === `${API_PREFIX}/openapi.json`) {
      const { openApiDocument } = await import('./openapi.ts');
      return send(200, await openApiDocument(version));
    }
    const caller = callerOf(request);
    const app = method === UPLOAD_ROUTE.method ? uploadTarget(url.pathname) : null;
    if (app !== null) {
      const name = url.searchParams.get('name');
      const result = await receiveUpload({ request, response, backend, app, name, caller }).then(
        (body) => ({ status: 200, body }),
        (error: unknown) => failureOf(error, report),
      );
      return send(result.status, result.body);
    }
    const signal = goneSignal(response);
    const next = (before: number) => response.setHeader('link', nextLink(url, before));
    const body = () => readJson({ request, response, timeoutMs: bodyTimeoutMs });
    const result = await handler.handle(
      { method, url, headers, body, signal },
      { prefix: API_PREFIX, context: { backend, caller, next } },
    );
    if (!result.matched) return send(404, notFound(method, url.pathname));
    const answered = result.response;
    if (isStream(answered.body))
      await sendEvents({ response, values: answered.body, signal, heartbeatMs, report });
    else send(answered.status, answered.body);
  }

  return (request, response) => {
    answer(request, response).catch((error) => {
      report(`A request broke off: ${String(error)}`);
      response.destroy();
    });
  };
}

const UPLOAD_PATH = new RegExp(`^${API_PREFIX}${UPLOAD_ROUTE.path.replace('{app}', '([^/]{1,600})')}$`);

/** The app that an archive is sent for; null where the path is another. */
function uploadTarget(pathname: string): string | null {
  const app = UPLOAD_PATH.exec(pathname)?.[1];
  return app === undefined ? null : decoded(app);
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
