// External Term Format: the tags that nearly all terms are made of.
import { Atom } from './atom.ts';
import { Binary } from './binary.ts';
import { readAtom } from './decode-atom.ts';
import { readSeldom } from './decode-seldom.ts';
import { Float } from './float.ts';
import type { Input } from './input.ts';
import { malformed } from './malformed.ts';
import { ImproperList, type Term, TermMap, Tuple } from './term.ts';

/** So many items get room before they are seen. */
const MAX_TRUSTED_COUNT = 1024;
const EMPTY_LIST: readonly Term[] = Object.freeze([]);
/** Larger ones are tables: their keys differ. */
const MAX_SHARED_KEYS = 32;
const EMPTY_MAP = new TermMap([], []);
const EMPTY_TUPLE = new Tuple(EMPTY_LIST);

/** The term whose tag is next. */
export function readTerm(input: Input): Term {
  const tag = input.uint8();
  // Tags as literals: only those become a jump table.
  switch (tag) {
    case 97: // SMALL_INTEGER_EXT
      return input.uint8();
    case 98: // INTEGER_EXT
      return input.int32();
    case 70: // NEW_FLOAT_EXT
      return readFloat(input);
    case 119: // SMALL_ATOM_UTF8_EXT
    case 118: // ATOM_UTF8_EXT
    case 115: // SMALL_ATOM_EXT
    case 100: // ATOM_EXT
      return readAtom(input, tag);
    case 109: // BINARY_EXT
      return readBinary(input);
    case 104: // SMALL_TUPLE_EXT
      return readTuple(input, input.uint8());
    case 105: // LARGE_TUPLE_EXT
      return readTuple(input, input.uint32());
    case 106: // NIL_EXT
      return EMPTY_LIST;
    case 107: // STRING_EXT
      return readString(input, []);
    case 108: // LIST_EXT
      return readList(input);
    case 116: // MAP_EXT
      return readMap(input);
    default:
      return readSeldom(input, tag, readTerm);
  }
}

function readFloat(input: Input): Float {
  const at = input.skip(8);
  const value = input.bytes.readDoubleBE(at);
  if (!Number.isFinite(value)) throw malformed(`a float of ${value}`, at);
  return new Float(value);
}

function readBinary(input: Input): Binary {
  const size = input.uint32();
  const start = input.skip(size);
  return new Binary(input.bytes, start, input.at);
}

function readTuple(input: Input, arity: number): Tuple {
  return arity === 0 ? EMPTY_TUPLE : new Tuple(readTerms(input, arity));
}

function readTerms(input: Input, count: number): Term[] {
  // A term has at least one byte.
  input.need(count);
  input.countItems(count);
  input.enter();
  const terms: Term[] = roomFor(count);
  for (let i = 0; i < count; i++) terms[i] = readTerm(input);
  input.depth--;
  return terms;
}

function roomFor(count: number): Term[] {
  // oxlint-disable-next-line unicorn/no-new-array -- exactly that: one that grows has room for 17 items from the first on
  return count <= MAX_TRUSTED_COUNT ? new Array<Term>(count) : [];
}

/** The numbers go after the items that are there. */
function readString(input: Input, items: Term[]): Term[] {
  const length = input.uint16();
  const start = input.skip(length);
  input.countItems(length);
  for (let i = start; i < input.at; i++) items.push(input.bytes[i] as number);
  return items;
}

/** A tail that is a list goes on with this one, so a list in many pieces is not deep. */
function readList(input: Input): Term {
  const items = readTerms(input, input.uint32());
  for (;;) {
    const at = input.at;
    const tag = input.uint8();
    if (tag === 106) return items;
    if (tag === 107) return readString(input, items);
    if (tag !== 108) return readImproper(input, items, at);
    for (const item of readTerms(input, input.uint32())) items.push(item);
  }
}

function readImproper(input: Input, items: Term[], tailAt: number): ImproperList {
  if (items.length === 0) throw malformed('an improper list without items', tailAt);
  input.at = tailAt;
  const [tail] = readTerms(input, 1);
  return new ImproperList(items, tail as Term);
}

function readMap(input: Input): TermMap {
  const size = input.uint32();
  input.need(2 * size);
  if (size === 0) return EMPTY_MAP;
  input.countItems(2 * size);
  input.enter();
  const expected = input.keysOf[size];
  let own: Term[] | null = expected === undefined ? [] : null;
  const values: Term[] = roomFor(size);
  for (let i = 0; i < size; i++) {
    const foreseen = own === null ? (expected as readonly Term[])[i] : undefined;
    const key = foreseen !== undefined && isNext(input, foreseen) ? foreseen : readTerm(input);
    if (own !== null) own.push(key);
    else if (key !== foreseen) own = [...(expected as readonly Term[]).slice(0, i), key];
    values[i] = readTerm(input);
  }
  input.depth--;
  if (own !== null && size <= MAX_SHARED_KEYS) input.keysOf[size] = own;
  return new TermMap(own ?? (expected as readonly Term[]), values);
}

/** Passes over this key if it is the next: maps mostly come in numbers with the same keys, which then share one array. */
function isNext(input: Input, key: Term): boolean {
  const { bytes, at } = input;
  if (!(key instanceof Atom)) return false;
  const { encoded } = key;
  if (bytes.length - at < encoded.length) return false;
  for (let i = 0; i < encoded.length; i++) if (bytes[at + i] !== encoded[i]) return false;
  input.at = at + encoded.length;
  return true;
}
