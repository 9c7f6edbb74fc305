// Erlang Reference Manual, chapter "Data Types": terms as text, which is what .rel, .app, .appup, relup and sys.config hold.
import { Atom, atom } from './atom.ts';
import { Binary } from './binary.ts';
import { Float } from './float.ts';
import { ExternalFun } from './fun.ts';
import { charlist, ImproperList, type Term, TermMap, Tuple } from './term.ts';
import { TextCursor } from './text-cursor.ts';

const MAX_DEPTH = 500;
const MAX_DIGITS = 1_000;
const ATOM = /[\p{Ll}ªº][\p{L}\p{N}_@]*/uy;
// A full stop ends a term where white space, a comment or the end of the text follows.
const END = /\.(?=\s|%|$)/y;

/**
 * The terms of a text, each ended by a full stop, as `file:consult/1` reads them.
 * @throws SlipwayError `term_malformed` with the line
 */
export function parseText(text: string): Term[] {
  const cursor = new TextCursor(text);
  const terms: Term[] = [];
  for (cursor.skipBlank(); !cursor.isAtEnd; cursor.skipBlank()) {
    terms.push(parseTerm(cursor, 0));
    cursor.skipBlank();
    if (cursor.match(END) === null) throw cursor.wrong('a full stop is expected');
  }
  return terms;
}

function parseTerm(cursor: TextCursor, depth: number): Term {
  if (depth > MAX_DEPTH) throw cursor.wrong(`it is nested more than ${MAX_DEPTH} deep`);
  if (cursor.takes('{')) return new Tuple(parseItems(cursor, '}', depth));
  if (cursor.takes('[')) return parseList(cursor, depth);
  if (cursor.takes('#{')) return parseMap(cursor, depth);
  if (cursor.takes('<<')) return parseBinary(cursor);
  if (cursor.takes('"')) return charlist(parseString(cursor));
  if (cursor.takes("'")) return atom(cursor.quoted("'"));
  const number = parseNumber(cursor);
  if (number !== null) return number;
  const name = cursor.match(ATOM);
  if (name === 'fun') return parseExternalFun(cursor);
  if (name !== null) return atom(name);
  throw cursor.wrong('a term is expected');
}

function parseItems(cursor: TextCursor, end: string, depth: number): Term[] {
  const items: Term[] = [];
  if (cursor.takes(end)) return items;
  do items.push(parseTerm(cursor, depth + 1));
  while (cursor.takes(','));
  cursor.expect(end);
  return items;
}

function parseList(cursor: TextCursor, depth: number): Term {
  const items: Term[] = [];
  if (cursor.takes(']')) return items;
  do items.push(parseTerm(cursor, depth + 1));
  while (cursor.takes(','));
  const tail = cursor.takes('|') ? parseTerm(cursor, depth + 1) : [];
  cursor.expect(']');
  if (Array.isArray(tail)) return [...items, ...tail];
  return tail instanceof ImproperList
    ? new ImproperList([...items, ...tail.items], tail.tail)
    : new ImproperList(items, tail);
}

function parseMap(cursor: TextCursor, depth: number): TermMap {
  const pairs: [Term, Term][] = [];
  if (cursor.takes('}')) return TermMap.of(pairs);
  do {
    const key = parseTerm(cursor, depth + 1);
    cursor.expect('=>');
    pairs.push([key, parseTerm(cursor, depth + 1)]);
  } while (cursor.takes(','));
  cursor.expect('}');
  return TermMap.of(pairs);
}

/** Whole bytes and strings: bits have no place in the files that this is for. */
function parseBinary(cursor: TextCursor): Binary {
  const parts: Uint8Array[] = [];
  if (cursor.takes('>>')) return Binary.of('');
  do {
    if (cursor.takes('"')) {
      const text = parseString(cursor);
      const isUtf8 = cursor.takes('/utf8');
      if (!isUtf8 && charlist(text).some((code) => code > 255)) throw cursor.wrong('/utf8 is missing');
      parts.push(Buffer.from(text, isUtf8 ? 'utf8' : 'latin1'));
    } else {
      const byte = parseNumber(cursor);
      if (typeof byte !== 'number') throw cursor.wrong('a byte or a string is expected');
      parts.push(Uint8Array.of(byte));
    }
  } while (cursor.takes(','));
  cursor.expect('>>');
  return Binary.of(Buffer.concat(parts));
}

/** The first quote was taken; strings that follow each other are one. */
function parseString(cursor: TextCursor): string {
  let text = cursor.quoted('"');
  while (cursor.takes('"')) text += cursor.quoted('"');
  return text;
}

/** "Numbers": 42, 1_000, 16#ff, $a, 1.5e-3, with a sign before each of them or without. */
function parseNumber(cursor: TextCursor): number | bigint | Float | null {
  const start = cursor.position;
  const sign = cursor.takes('-') ? -1 : cursor.takes('+') ? 1 : null;
  if (sign !== null) cursor.skipBlank();
  const number = parseUnsigned(cursor, sign ?? 1);
  if (number === null) cursor.position = start;
  return number;
}

function parseUnsigned(cursor: TextCursor, sign: 1 | -1): number | bigint | Float | null {
  if (cursor.takes('$')) return sign * cursor.character();
  const float = cursor.match(/\d[\d_]*\.\d[\d_]*(?:[eE][-+]?\d+)?/y);
  if (float !== null) return new Float(sign * Number(float.replaceAll('_', '')));
  const digits = cursor.match(/\d[\d_]*(?:#[\da-zA-Z_]+)?/y);
  if (digits === null) return null;
  if (digits.length > MAX_DIGITS) throw cursor.wrong(`it is a number of more than ${MAX_DIGITS} digits`);
  const [first = '', inBase] = digits.replaceAll('_', '').split('#');
  const value = inBase === undefined ? BigInt(first) : inBaseOf(cursor, Number(first), inBase);
  const signed = value * BigInt(sign);
  return Number.isSafeInteger(Number(signed)) ? Number(signed) : signed;
}

function inBaseOf(cursor: TextCursor, base: number, digits: string): bigint {
  let value = 0n;
  for (const digit of digits) {
    const weight = Number.parseInt(digit, 36);
    if (base < 2 || base > 36 || weight >= base) throw cursor.wrong(`${digits} is no number in base ${base}`);
    value = value * BigInt(base) + BigInt(weight);
  }
  return value;
}

/** `fun lists:map/2`, of which `fun` was taken. */
function parseExternalFun(cursor: TextCursor): ExternalFun {
  const module = parseTerm(cursor, MAX_DEPTH);
  cursor.expect(':');
  const name = parseTerm(cursor, MAX_DEPTH);
  cursor.expect('/');
  const arity = parseTerm(cursor, MAX_DEPTH);
  if (!(module instanceof Atom && name instanceof Atom && typeof arity === 'number'))
    throw cursor.wrong('a fun is written fun module:name/arity');
  return new ExternalFun(module, name, arity);
}
