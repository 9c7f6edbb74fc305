import type { Backend, Caller } from './backend.ts';

/** What operations are carried out with. */
export interface Context {
  backend: Backend;
  caller: Caller;
  /** Sets the cookie of the session; null takes it away. */
  cookie: (value: string | null) => void;
  /** Says that a list goes on, before that key. */
  next: (before: number | string) => void;
}
