import type { InferSchemaOutput } from '@orpc/contract';
import type { Principal } from '../access/index.ts';
import type { contract } from './contract.ts';

/** Who asks: `trigger` is how, `actor` a name that a person can read (`root`, a token's), `address` where from; null: this host's socket. */
export interface Caller {
  trigger: 'cli' | 'api' | 'page';
  actor: string;
  address: string | null;
  /** What his browser calls itself; null where it says nothing. */
  browser: string | null;
  principal: Principal;
}

/** What an operation of the contract is given, as it comes out of its check. */
export type Input<Operation extends keyof typeof contract> = InferSchemaOutput<
  NonNullable<(typeof contract)[Operation]['~orpc']['inputSchema']>
>;
/** The same, and who asks. */
export type Asked<Operation extends keyof typeof contract> = Input<Operation> & { caller: Caller };
