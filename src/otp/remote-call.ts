import type { Atom, Term } from './term/index.ts';

/** A function of the peer, and what it is called with. */
export interface RemoteCall {
  readonly module: Atom;
  readonly fn: Atom;
  readonly args: readonly Term[];
}

/** `module:function/arity` */
export function describeCall({ module, fn, args }: RemoteCall): string {
  return `${module.name}:${fn.name}/${args.length}`;
}
