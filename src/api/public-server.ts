import http, { type RequestListener, type Server } from 'node:http';
import { errnoOf, messageOf, SlipwayError } from '../kernel/index.ts';
import { limitCrowd } from './crowd.ts';
import { isHook } from './hooks.ts';
import { sendJson } from './send-json.ts';
import { toWire } from './wire-error.ts';

export interface TcpAddress {
  host: string;
  port: number;
}

/** Serves what anybody may ask, and so names neither apps nor versions: `/health`, and the webhooks of git hosts. */
export function servePublic(options: {
  address: TcpAddress;
  hooks: RequestListener;
  report: (message: string) => void;
}): Server {
  const { address, hooks, report } = options;
  const answer: RequestListener = (request, response) => {
    response.setHeader('connection', 'close');
    if (isHook(request)) return hooks(request, response);
    const found = request.url === '/health' && (request.method === 'GET' || request.method === 'HEAD');
    sendJson({
      request,
      response,
      status: found ? 200 : 404,
      body: found ? { status: 'ok' } : toWire(new SlipwayError('usage', { message: NOTHING_ELSE }), 404),
    });
  };
  // Node would look at its time-outs every 30 s.
  const server = http.createServer({ headersTimeout: 0, requestTimeout: 0 }, answer);
  server.on('checkContinue', answer);
  limitCrowd(server);
  server.on('error', (error) => report(whyNot(address, error)));
  server.listen(address.port, address.host);
  return server;
}

const NOTHING_ELSE = 'only /health and the webhooks at /hooks/<app> are served here';

function whyNot({ host, port }: TcpAddress, error: unknown): string {
  const why = errnoOf(error) === 'EADDRINUSE' ? 'another process has the port' : messageOf(error);
  return `/health and webhooks are not served on ${host}:${port}: ${why}; change "listen" in the configuration, or free the port. All else works`;
}
