import http from 'node:http';
import https from 'node:https';
import { onAbort, type SlipwayError } from '../../kernel/index.ts';
import { IDLE_MS } from './flow.ts';
import { bucketTrouble, UNCHANGED } from './trouble.ts';

export interface HttpRequest {
  method: 'GET' | 'HEAD';
  headers: Record<string, string>;
  /** Value of the header; it goes to the origin of the URL, and nowhere else. */
  authorization: string | null;
  signal: AbortSignal;
}

const REDIRECTS_MAX_COUNT = 5;

let agents: { http: http.Agent; https: https.Agent } | null = null;

/** Connections are shared by all that the agent asks for. */
function agentOf(url: URL): http.Agent {
  const kept = { keepAlive: true, maxSockets: 32 };
  agents ??= { http: new http.Agent(kept), https: new https.Agent(kept) };
  return url.protocol === 'https:' ? agents.https : agents.http;
}

/**
 * Asks a server, and those that it sends on to: of the same origin, or by https.
 * @throws SlipwayError `bucket_refused` where it sends elsewhere; the errors of node:http; the signal's reason
 */
export async function httpRequest(url: URL, request: HttpRequest): Promise<http.IncomingMessage> {
  let at = url;
  for (let redirects = 0; redirects <= REDIRECTS_MAX_COUNT; redirects++) {
    const isHome = at.origin === url.origin;
    const answer = await ask(at, { ...request, authorization: isHome ? request.authorization : null });
    const { statusCode = 0, headers } = answer;
    if (![301, 302, 303, 307, 308].includes(statusCode) || headers.location === undefined) return answer;
    discard(answer);
    at = follow(at, headers.location);
  }
  throw misled(url, `sends on more than ${REDIRECTS_MAX_COUNT} times`);
}

/** An answer that is not read to its end: a short one is, so that the connection can be used again. */
export function discard(answer: http.IncomingMessage): void {
  const sizeBytes = Number(answer.headers['content-length'] ?? Number.NaN);
  answer.on('error', () => undefined);
  if (sizeBytes <= DRAINED_MAX_BYTES) answer.resume();
  else answer.destroy();
}

const DRAINED_MAX_BYTES = 64 * 1024;

function follow(from: URL, location: string): URL {
  const to = URL.parse(location, from);
  if (to && (to.origin === from.origin || to.protocol === 'https:')) {
    to.username = '';
    to.password = '';
    return to;
  }
  throw misled(from, `sends on to ${to?.host ?? 'an address that is none'} without TLS`);
}

function misled({ origin, pathname, host }: URL, why: string): SlipwayError {
  return bucketTrouble('bucket_refused', {
    message: `${host} ${why}`,
    hint: `it is not followed; write the address that is meant as url: in the source; ${UNCHANGED}`,
    next: `curl -sSI ${origin}${pathname}`,
  });
}

function ask(
  url: URL,
  { method, headers, authorization, signal }: HttpRequest,
): Promise<http.IncomingMessage> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    const { request } = url.protocol === 'https:' ? https : http;
    const sent = request(url, {
      method,
      agent: agentOf(url),
      // What is compressed on the way has no ranges, and other bytes than were published.
      headers: { 'accept-encoding': 'identity', ...headers, ...(authorization && { authorization }) },
    });
    const forget = onAbort(signal, (reason) => sent.destroy(reason as Error));
    sent.setTimeout(IDLE_MS, () =>
      sent.destroy(Object.assign(new Error('no answer in time'), { code: 'ETIMEDOUT' })),
    );
    sent.on('error', (error) => reject(signal.aborted ? signal.reason : error));
    sent.on('response', resolve);
    sent.on('close', forget);
    sent.end();
  });
}
