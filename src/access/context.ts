import type { Journal } from '../journal/index.ts';
import type { Clock, Event } from '../kernel/index.ts';
import type { Audit } from './audit.ts';
import type { Moments } from './moments.ts';

/** What all that is about access shares. */
export interface AccessContext {
  journal: Journal;
  clock: Clock;
  moments: Moments;
  audit: Audit;
  /** Gets the id of a session, or `token:<id>`, that is over or may do something else now. */
  ended: Event<string>;
  dataDirectory: string;
}

/** Where somebody is who comes in. `address` null: on this host's socket. */
export interface From {
  address: string | null;
  /** What his browser calls itself. */
  browser: string | null;
}
