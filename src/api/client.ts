import type { ContractRouterClient } from '@orpc/contract';
import type { contract } from './contract.ts';
import type { AgentAddress, Line } from './line.ts';
import { lineTo } from './line-to.ts';
import { type CallOptions, Link } from './link.ts';
import { routes } from './routes.ts';
import type { Uploaded } from './shapes.ts';
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

/** `actor`: who asks, for the history: a user's name. */
export type ConnectOptions = AgentAddress & { actor: string };

/**
 * No connection is made before the first call; each call has its own. Only the types are oRPC's: its client needs fetch,
 * which cannot open a Unix socket, and loads undici and web streams, 45 ms at the start of every verb.
 */
export function connect({ actor, ...address }: ConnectOptions): Client {
  let opened: Promise<Line> | null = null;
  const line = () => (opened ??= lineTo(address, actor));
  const call =
    (operation: keyof Operations) => async (input: object | undefined, options: CallOptions | undefined) =>
      await new Link(await line()).call(operation, { ...input }, options ?? {});
  const operations = Object.keys(routes) as (keyof Operations)[];
  return {
    ...(Object.fromEntries(
      operations.map((operation) => [operation, call(operation)]),
    ) as unknown as Operations),
    // Loaded when called, as few verbs do.
    upload: async (options) => {
      const { upload } = await import('./upload.ts');
      return await upload(await line(), options);
    },
    shell: async (options) => {
      const { openShell } = await import('./terminal-client.ts');
      return await openShell(await line(), options);
    },
  };
}
