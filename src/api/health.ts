import http, { type Server } from 'node:http';
import { errnoOf, messageOf, SlipwayError } from '../kernel/index.ts';
import { toWire } from './wire-error.ts';

export interface TcpAddress {
  host: string;
  port: number;
}

/** Serves `/health` and nothing else: anybody may ask, so it names neither apps nor versions. */
export function serveHealth(address: TcpAddress, report: (message: string) => void): Server {
  const server = http.createServer({ headersTimeout: 5000, requestTimeout: 5000 }, (request, response) => {
    const found = request.url === '/health' && (request.method === 'GET' || request.method === 'HEAD');
    const body = found
      ? { status: 'ok' }
      : toWire(new SlipwayError('usage', { message: 'only /health is served here' }));
    response.writeHead(found ? 200 : 404, { 'content-type': 'application/json', connection: 'close' });
    response.end(JSON.stringify(body));
  });
  server.maxConnections = 100;
  server.on('error', (error) => report(whyNot(address, error)));
  server.listen(address.port, address.host);
  return server;
}

function whyNot({ host, port }: TcpAddress, error: unknown): string {
  const why = errnoOf(error) === 'EADDRINUSE' ? 'another process has the port' : messageOf(error);
  return `/health is not served on ${host}:${port}: ${why}; change "listen" in the configuration, or free the port. All else works`;
}
