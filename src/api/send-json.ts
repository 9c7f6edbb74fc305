import type { IncomingMessage, ServerResponse } from 'node:http';
import { safeJson } from '../kernel/index.ts';
import { PROBLEM_TYPE, type WireError } from './wire-error.ts';

/** How long a sender may take to notice that it was answered before it had sent everything. */
const LINGER_MS = 2000;

/**
 * Answers with JSON. Where the request has not been read to its end, what still comes of it is thrown away for a moment,
 * then the connection is closed: closed upon unread bytes, it would take the answer with it.
 */
export function sendJson(options: {
  request: IncomingMessage;
  response: ServerResponse;
  status: number;
  body: unknown;
}): void {
  const { request, response, status, body } = options;
  if (response.destroyed) return;
  const text = safeJson(body);
  const isRead = request.complete || !hasBody(request);
  if (!isRead) response.setHeader('connection', 'close');
  if (isProblem(body) && body.retry_after_s !== undefined)
    response.setHeader('retry-after', body.retry_after_s);
  response.writeHead(status, {
    'content-type': isProblem(body) ? PROBLEM_TYPE : 'application/json',
    'content-length': Buffer.byteLength(text),
  });
  if (isRead) {
    response.end(text);
    return;
  }
  response.write(text);
  const end = () => {
    clearTimeout(timer);
    response.end();
  };
  const timer = setTimeout(end, LINGER_MS);
  request.once('close', end);
  request.resume();
}

/** A request without one is complete a moment after it was told of. */
export function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || !['0', undefined].includes(headers['content-length']);
}

function isProblem(body: unknown): body is WireError {
  return typeof body === 'object' && body !== null && 'type' in body && 'code' in body;
}
