import type { Atom } from './atom.ts';
import type { Binary } from './binary.ts';
import type { Bitstring } from './bitstring.ts';
import type { Float } from './float.ts';
import type { ExternalFun, Fun } from './fun.ts';
import type { Pid, Port, Reference } from './identifiers.ts';
import type { ImproperList } from './list.ts';
import type { TermMap } from './map.ts';
import type { Tuple } from './tuple.ts';

/**
 * An Erlang term. What Erlang tells apart is told apart: a `number` is always an integer (within ±(2^53 - 1); a `bigint`
 * is any other), and 1.0 is a `Float`; 'ok', <<"ok">> and "ok" are an `Atom`, a `Binary` and an array of numbers. `[]` is
 * the empty array.
 */
export type Term =
  | number
  | bigint
  | Float
  | Atom
  | Binary
  | Bitstring
  | Tuple
  | readonly Term[]
  | ImproperList
  | TermMap
  | Pid
  | Reference
  | Port
  | Fun
  | ExternalFun;
