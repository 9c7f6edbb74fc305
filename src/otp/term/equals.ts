import { Binary } from './binary.ts';
import { Bitstring } from './bitstring.ts';
import { Float } from './float.ts';
import { ExternalFun, Fun } from './fun.ts';
import { Pid, Port, Reference } from './identifiers.ts';
import { ImproperList, identity, type Term, TermMap, Tuple } from './term.ts';

/** Erlang's `=:=` of OTP 27 and later, where 0.0 and -0.0 are two floats. */
export function equals(a: Term, b: Term): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object') return false;
  if (a instanceof Binary) return b instanceof Binary && sameBytes(a.bytes, b.bytes);
  if (a instanceof Tuple) return b instanceof Tuple && sameItems(a.elements, b.elements);
  if (a instanceof TermMap) return b instanceof TermMap && sameEntries(a, b);
  if (a instanceof Float) return b instanceof Float && Object.is(a.value, b.value);
  if (a instanceof ImproperList)
    return b instanceof ImproperList && sameItems(a.items, b.items) && equals(a.tail, b.tail);
  if (isList(a)) return isList(b) && sameItems(a, b);
  return isOpaque(a) && isOpaque(b) && identity(a) === identity(b);
}

function isList(term: Term): term is readonly Term[] {
  return Array.isArray(term);
}

function isOpaque(term: Term): boolean {
  return [Pid, Port, Reference, Fun, ExternalFun, Bitstring].some((kind) => term instanceof kind);
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}

function sameItems(a: readonly Term[], b: readonly Term[]): boolean {
  return a.length === b.length && a.every((item, i) => equals(item, b[i] as Term));
}

function sameEntries(a: TermMap, b: TermMap): boolean {
  if (a.size !== b.size) return false;
  for (const [key, value] of a.entries()) {
    const other = b.get(key);
    if (other === undefined || !equals(value, other)) return false;
  }
  return true;
}
