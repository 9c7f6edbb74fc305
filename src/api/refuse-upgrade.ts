import type { Duplex } from 'node:stream';
import type { SlipwayError } from '../kernel/index.ts';
import { PROBLEM_TYPE, toWire } from './wire-error.ts';

const REASONS: Record<number, string> = {
  401: 'Unauthorized',
  403: 'Forbidden',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
};

/** Answers a request for a WebSocket with an error, which the server of HTTP leaves to us. */
export function refuseUpgrade(socket: Duplex, error: SlipwayError): void {
  const problem = toWire(error);
  const body = JSON.stringify(problem);
  const lines = [
    `HTTP/1.1 ${problem.status} ${REASONS[problem.status] ?? 'Refused'}`,
    ...(problem.status === 401 ? ['www-authenticate: Bearer'] : []),
    `content-type: ${PROBLEM_TYPE}`,
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
  ];
  socket.end(`${lines.join('\r\n')}\r\n\r\n${body}`);
}
