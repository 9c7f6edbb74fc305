import type { ContractRouterClient } from '@orpc/contract';
import type { contract } from './contract.ts';
import { routes } from './routes.ts';
import type { Uploaded } from './shapes.ts';
import { type CallOptions, SocketLink } from './socket-link.ts';
import type { RemoteShell, RemoteShellOptions } from './terminal-client.ts';
import type { UploadOptions } from './upload.ts';

/**
 * One method for each operation of the contract, one that sends an archive, and one that opens a shell. A failed call rejects with a SlipwayError
 * of the agent's code, or of `agent_unreachable`. A stream is an async iterator; `lastEventId` in a call's options resumes
 * it.
 */
export type Client = Operations & {
  upload(options: UploadOptions): Promise<Uploaded>;
  shell(options: RemoteShellOptions): Promise<RemoteShell>;
};

/** One method for each operation of the contract. */
export type Operations = ContractRouterClient<typeof contract>;

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
  const call =
    (operation: keyof Operations) => (input: object | undefined, options: CallOptions | undefined) =>
      link.call(operation, { ...input }, options ?? {});
  const operations = Object.keys(routes) as (keyof Operations)[];
  return {
    ...(Object.fromEntries(
      operations.map((operation) => [operation, call(operation)]),
    ) as unknown as Operations),
    // Loaded when called, as few verbs do.
    upload: async (options) => {
      const { upload } = await import('./upload.ts');
      return await upload({ socketPath, actor }, options);
    },
    shell: async (options) => {
      const { openShell } = await import('./terminal-client.ts');
      return await openShell({ socketPath, actor }, options);
    },
  };
}
