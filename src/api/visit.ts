import type { IncomingMessage } from 'node:http';
import type { Principal } from '../access/index.ts';
import type { Caller } from './backend.ts';
import { callerOf } from './caller.ts';
import type { Operation } from './policy.ts';

/** One request, as the door that it came through knows it. */
export interface Visit {
  caller: Caller;
  /** Who it was found to be; null: nobody that is known, who may log in alone. */
  principal: Principal | null;
  /** Sets the cookie of the session; null takes it away. */
  cookie(value: string | null): void;
  /**
   * Lets something last: `end` is called as soon as the session or the token is over. Gives what is called when it has
   * ended. Throws where there are too many.
   */
  hold(end: () => void): () => void;
  /** Notes what he might not. */
  refused(what: { operation: Operation; app: string | null; subject: string | null; reason: string }): void;
}

/** Whoever may open the socket may do everything. */
export function visitOfSocket(request: IncomingMessage): Visit {
  const caller = callerOf(request);
  return {
    caller,
    principal: caller.principal,
    cookie: () => undefined,
    hold: () => () => undefined,
    refused: () => undefined,
  };
}
