import type { Term } from './term/index.ts';

/** A call of a function on a node, by rpc or erpc. */
export type Call = (
  module: string,
  fn: string,
  args: Term[],
  options?: { timeoutMs?: number },
) => Promise<Term>;
