import type { IncomingMessage } from 'node:http';
import { type ClientLink, withEventMeta } from '@orpc/client';
import { errnoOf, SlipwayError } from '../kernel/index.ts';
import type { ConnectOptions } from './client.ts';
import { http } from './node-http.ts';
import { ACTOR_HEADER, API_PREFIX, routes } from './routes.ts';
import { SseDecoder } from './sse.ts';
import { lost, unreachable } from './unreachable.ts';
import { fromWire } from './wire-error.ts';

type Input = Record<string, unknown>;
type CallOptions = Parameters<ClientLink<Record<never, never>>['call']>[2];

/**
 * Carries calls over the Unix socket. oRPC's own link is made for fetch, which cannot open a Unix socket and loads undici
 * (40 ms); this one needs no schema and no fetch.
 */
export class SocketLink implements ClientLink<Record<never, never>> {
  private readonly options: ConnectOptions;

  constructor(options: ConnectOptions) {
    this.options = options;
  }

  async call(path: readonly string[], input: unknown, options: CallOptions): Promise<unknown> {
    const response = await this.send(
      path[0] as keyof typeof routes,
      { ...(input as Input | undefined) },
      options,
    );
    if (response.headers['content-type'] === 'text/event-stream')
      return this.events(response, options.signal);
    const body = parse(await this.text(response));
    if ((response.statusCode ?? 500) >= 400) throw fromWire(body);
    return body;
  }

  private send(operation: keyof typeof routes, input: Input, options: CallOptions): Promise<IncomingMessage> {
    const { socketPath, actor } = this.options;
    const { signal, lastEventId } = options;
    const { method, path, body } = encode(operation, input);
    const headers: Record<string, string> = { [ACTOR_HEADER]: actor };
    if (body !== null) headers['content-type'] = 'application/json';
    if (lastEventId !== undefined) headers['last-event-id'] = lastEventId;
    return new Promise((resolve, reject) => {
      const request = http.request(
        { socketPath, method, path, headers, ...(signal ? { signal } : {}) },
        resolve,
      );
      request.on('error', (error) =>
        reject(signal?.aborted ? signal.reason : unreachable(socketPath, errnoOf(error))),
      );
      request.end(body ?? undefined);
    });
  }

  private async text(response: IncomingMessage): Promise<string> {
    let text = '';
    response.setEncoding('utf8');
    try {
      for await (const chunk of response) text += chunk;
    } catch {
      throw lost(this.options.socketPath);
    }
    return text;
  }

  private async *events(response: IncomingMessage, signal: AbortSignal | undefined) {
    const decoder = new SseDecoder();
    response.setEncoding('utf8');
    try {
      for await (const chunk of response) {
        for (const { event, id, data } of decoder.feed(chunk)) {
          const value = parse(data);
          if (event === 'done') return;
          if (event === 'error') throw fromWire(value);
          yield id === null ? value : withEventMeta(value as object, { id });
        }
      }
    } catch (error) {
      if (signal?.aborted) throw signal.reason;
      throw error instanceof SlipwayError ? error : lost(this.options.socketPath);
    }
    throw lost(this.options.socketPath);
  }
}

/** Fills the variables of the path; the rest is the query of a GET, else the body. */
function encode(
  operation: keyof typeof routes,
  input: Input,
): { method: string; path: string; body: string | null } {
  const route = routes[operation];
  const rest = new Map(Object.entries(input).filter(([, value]) => value !== undefined));
  const path = route.path.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = encodeURIComponent(String(rest.get(name)));
    rest.delete(name);
    return value;
  });
  const query = new URLSearchParams();
  if (route.method === 'GET') for (const [name, value] of rest) query.set(name, String(value));
  return {
    method: route.method,
    path: `${API_PREFIX}${path}${query.size > 0 ? `?${query}` : ''}`,
    body: route.method === 'GET' || rest.size === 0 ? null : JSON.stringify(Object.fromEntries(rest)),
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
