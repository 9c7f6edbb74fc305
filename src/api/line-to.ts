import http from 'node:http';
import net from 'node:net';
import { errnoOf } from '../kernel/index.ts';
import type { AgentAddress, Line } from './line.ts';
import { ACTOR_HEADER } from './routes.ts';
import { lost, unreachable } from './unreachable.ts';

/** `actor`: who asks, for the history. Over TCP the agent knows it by the token. */
export async function lineTo(address: AgentAddress, actor: string): Promise<Line> {
  const headers = { [ACTOR_HEADER]: encodeURIComponent(actor) };
  if ('socketPath' in address) return socketLine(address.socketPath, headers);
  const { urlLine } = await import('./url-line.ts');
  return urlLine(address, headers);
}

function socketLine(socketPath: string, common: Record<string, string>): Line {
  const createConnection = () => net.connect(socketPath);
  return {
    name: socketPath,
    request: ({ headers, ...options }) =>
      http.request({ ...options, headers: { ...common, ...(headers as object) }, createConnection }),
    webSocket: (path) => ({
      address: `ws://slipway${path}`,
      options: { createConnection, headers: common },
    }),
    unreachable: (error) => unreachable(socketPath, errnoOf(error)),
    lost: () => lost(socketPath),
  };
}
