import { createORPCClient } from '@orpc/client';
import type { ContractRouterClient } from '@orpc/contract';
import type { contract } from './contract.ts';
import { SocketLink } from './socket-link.ts';

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

/** No connection is made before the first call; each call has its own. */
export function connect(options: ConnectOptions): Client {
  return createORPCClient(new SocketLink(options));
}
