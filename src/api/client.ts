import type { ContractRouterClient } from '@orpc/contract';
import type { contract } from './contract.ts';
import { routes } from './routes.ts';
import { type CallOptions, SocketLink } from './socket-link.ts';

/**
 * One method for each operation of the contract. A failed call rejects with a SlipwayError of the agent's code, or of
 * `agent_unreachable`. A stream is an async iterator; `lastEventId` in a call's options resumes it.
 */
export type Client = ContractRouterClient<typeof contract>;

export interface ConnectOptions {
  socketPath: string;
  /** Who asks, for the history: a user's name. */
  actor: string;
}

/**
 * No connection is made before the first call; each call has its own. Only the types are oRPC's: its client needs fetch,
 * which cannot open a Unix socket, and loads undici and web streams, 45 ms at the start of every verb.
 */
export function connect({ socketPath, actor }: ConnectOptions): Client {
  const link = new SocketLink({ socketPath, actor });
  const call = (operation: keyof Client) => (input: object | undefined, options: CallOptions | undefined) =>
    link.call(operation, { ...input }, options ?? {});
  const operations = Object.keys(routes) as (keyof Client)[];
  return Object.fromEntries(operations.map((operation) => [operation, call(operation)])) as unknown as Client;
}
