// External Term Format: a term, and the terms that hold others. LIST_EXT, STRING_EXT and NIL_EXT, a proper list being an
// array; SMALL_TUPLE_EXT and LARGE_TUPLE_EXT; MAP_EXT.
import { Atom } from './atom.ts';
import { Binary } from './binary.ts';
import { Bitstring } from './bitstring.ts';
import { Float } from './float.ts';
import { type ExternalFun, Fun } from './fun.ts';
import { Pid, Port, Reference } from './identifiers.ts';
import { unencodable } from './malformed.ts';

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

/** `[a, b | c]`: at least one item, and a tail that is no list. */
export class ImproperList {
  declare readonly items: readonly Term[];
  declare readonly tail: Term;

  constructor(items: readonly Term[], tail: Term) {
    if (items.length === 0) throw unencodable('an improper list without items');
    if (Array.isArray(tail) || tail instanceof ImproperList)
      throw unencodable('an improper list whose tail is a list: its items belong to the items');
    this.items = items;
    this.tail = tail;
  }
}

/** A text as Erlang's strings are: the list of its characters. */
export function charlist(text: string): number[] {
  return Array.from(text, (character) => character.codePointAt(0) as number);
}

export class Tuple {
  declare readonly elements: readonly Term[];

  constructor(elements: readonly Term[]) {
    this.elements = elements;
  }
}

export function tuple(...elements: Term[]): Tuple {
  return new Tuple(elements);
}

/** A map. Keys are compared by their structure: another `Binary` with the same bytes is the same key. */
export class TermMap {
  /** The keys in the order in which they came; many maps may share one array. */
  declare readonly keys: readonly Term[];
  declare readonly values: readonly Term[];

  /** Takes keys that all differ. */
  constructor(keys: readonly Term[], values: readonly Term[]) {
    this.keys = keys;
    this.values = values;
  }

  /** Makes a map of pairs; of two with one key the later counts. */
  static of(pairs: Iterable<readonly [Term, Term]>): TermMap {
    const distinct = new Map<unknown, readonly [Term, Term]>();
    for (const pair of pairs) distinct.set(identity(pair[0]), pair);
    const entries = [...distinct.values()];
    return new TermMap(
      entries.map(([key]) => key),
      entries.map(([, value]) => value),
    );
  }

  get size(): number {
    return this.keys.length;
  }

  get(key: Term): Term | undefined {
    const position = positionsOf(this.keys).get(identity(key));
    return position === undefined ? undefined : this.values[position];
  }

  *entries(): IterableIterator<[Term, Term]> {
    for (const [i, key] of this.keys.entries()) yield [key, this.values[i] as Term];
  }
}

/** Made when a map is first looked into; maps that share their keys share these. */
const positions = new WeakMap<readonly Term[], Map<unknown, number>>();

function positionsOf(keys: readonly Term[]): Map<unknown, number> {
  const known = positions.get(keys);
  if (known) return known;
  const made = new Map(keys.map((key, i) => [identity(key), i]));
  positions.set(keys, made);
  return made;
}

/** A value that is the same (to a JavaScript Map) for two terms exactly where `=:=` of OTP 27 holds between them. */
export function identity(term: Term): unknown {
  return typeof term === 'number' || term instanceof Atom ? term : structure(term);
}

/** Every kind has a letter of its own, and every part says its length, so that no two terms look alike. */
function structure(term: Term): string {
  if (typeof term === 'number' || typeof term === 'bigint') return `i${term}`;
  if (term instanceof Atom) return `a${term.name}`;
  if (term instanceof Binary) return `b${latin1(term.bytes)}`;
  if (isList(term)) return `l${all(term)}`;
  if (term instanceof Tuple) return `t${all(term.elements)}`;
  if (term instanceof TermMap) return `m${pairs(term)}`;
  if (term instanceof Float) return Object.is(term.value, -0) ? 'f-0' : `f${term.value}`;
  if (term instanceof ImproperList) return `c${all([...term.items, term.tail])}`;
  if (term instanceof Pid) return `p${all([term.node, term.id, term.serial, term.creation])}`;
  if (term instanceof Port) return `o${all([term.node, term.id, term.creation])}`;
  if (term instanceof Reference) return `r${all([term.node, term.creation, ...term.ids])}`;
  if (term instanceof Bitstring) return `s${term.bits}${latin1(term.bytes)}`;
  if (term instanceof Fun) return `u${latin1(term.bytes)}`;
  return `x${all([term.module, term.function, term.arity])}`;
}

function all(terms: readonly Term[]): string {
  return terms.map((term) => part(structure(term))).join('');
}

function pairs(map: TermMap): string {
  const texts = Array.from(map.entries(), ([key, value]) => part(structure(key)) + part(structure(value)));
  return texts.toSorted().join('');
}

function part(text: string): string {
  return `${text.length}:${text}`;
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}

function isList(term: Term): term is readonly Term[] {
  return Array.isArray(term);
}
