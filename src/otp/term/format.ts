// STDLIB Reference Manual, module io, control sequence ~tp: terms as Erlang's shell shows them, on one line.
import { Atom } from './atom.ts';
import { Binary } from './binary.ts';
import { Bitstring } from './bitstring.ts';
import { Float } from './float.ts';
import { formatAtom, formatFloat, printableText, quote } from './format-scalars.ts';
import { ExternalFun, Fun } from './fun.ts';
import { Pid, Port, Reference } from './identifiers.ts';
import { ImproperList, type Term, TermMap, Tuple } from './term.ts';

const DEFAULT_MAX_LENGTH = 1_000;

/**
 * Prints a term as `~0tp` does under `+pc unicode`; a longer text is cut to `maxLength` (default 1,000) with `...` at
 * its end. Pids, ports and references name their node, as only a BEAM numbers the nodes that it knows.
 */
export function format(term: Term, { maxLength = DEFAULT_MAX_LENGTH }: { maxLength?: number } = {}): string {
  const text = new BoundedText(maxLength);
  print(text, term);
  return text.value;
}

class BoundedText {
  readonly #maxLength: number;
  #text = '';

  constructor(maxLength: number) {
    this.#maxLength = maxLength;
  }

  /** What is written from now on is cut away. */
  get isFull(): boolean {
    return this.#text.length > this.#maxLength;
  }

  /** How much of anything can be seen at most. */
  get left(): number {
    return this.#maxLength - this.#text.length + 1;
  }

  get value(): string {
    return this.isFull ? `${this.#text.slice(0, Math.max(0, this.#maxLength - 3))}...` : this.#text;
  }

  add(text: string): void {
    this.#text += text;
  }
}

function print(text: BoundedText, term: Term): void {
  if (text.isFull) return;
  if (isList(term)) printList(text, term);
  else if (term instanceof Tuple) printAll(text, '{', term.elements, '}');
  else if (term instanceof TermMap) printMap(text, term);
  else if (term instanceof Binary) printBinary(text, term);
  else if (term instanceof Bitstring) printBits(text, term);
  else if (term instanceof ImproperList) {
    printAll(text, '[', term.items, '|');
    print(text, term.tail);
    text.add(']');
  } else text.add(scalar(term, text.left));
}

type Scalar = number | bigint | Float | Atom | Pid | Reference | Port | Fun | ExternalFun;

function scalar(term: Scalar, maxLength: number): string {
  if (typeof term === 'number') return String(term);
  if (typeof term === 'bigint') return formatBig(term, maxLength);
  if (term instanceof Atom) return formatAtom(term.name);
  if (term instanceof Float) return formatFloat(term.value);
  if (term instanceof Pid) return `<${term.node}.${term.id}.${term.serial}>`;
  if (term instanceof Port) return `#Port<${term.node}.${term.id}>`;
  if (term instanceof Reference) return `#Ref<${[term.node, ...term.ids.toReversed()].join('.')}>`;
  if (term instanceof Fun) return `#Fun<${[term.module, term.index, term.uniq].join('.')}>`;
  return `fun ${formatAtom(term.module.name)}:${formatAtom(term.function.name)}/${term.arity}`;
}

/** Decimal digits of a very long integer take very long; where it will be cut anyway, others do. */
function formatBig(value: bigint, maxLength: number): string {
  const hex = value.toString(16);
  if (hex.length <= maxLength) return String(value);
  return value < 0n ? `-16#${hex.slice(1).toUpperCase()}` : `16#${hex.toUpperCase()}`;
}

function printList(text: BoundedText, items: readonly Term[]): void {
  const seen = items.slice(0, text.left);
  const printable = seen.length > 0 && seen.every(isNumber) ? printableText(seen) : null;
  if (printable === null) printAll(text, '[', items, ']');
  else text.add(quote(printable, '"'));
}

function printAll(text: BoundedText, open: string, items: readonly Term[], close: string): void {
  text.add(open);
  for (let i = 0; i < items.length && !text.isFull; i++) {
    if (i > 0) text.add(',');
    print(text, items[i] as Term);
  }
  text.add(close);
}

function printMap(text: BoundedText, map: TermMap): void {
  text.add('#{');
  for (let i = 0; i < map.size && !text.isFull; i++) {
    if (i > 0) text.add(',');
    print(text, map.keys[i] as Term);
    text.add(' => ');
    print(text, map.values[i] as Term);
  }
  text.add('}');
}

function printBinary(text: BoundedText, { bytes }: Binary): void {
  // A character has four bytes at most.
  const seen = bytes.subarray(0, 4 * text.left);
  const asUtf8 = readUtf8(seen, seen.length < bytes.length);
  const printable = asUtf8 === null ? null : printableText(Array.from(asUtf8, codeOf));
  const shown = printable ?? printableText(seen);
  if (shown === null || seen.length === 0) text.add(`<<${numbers(seen, text.left)}>>`);
  else text.add(`<<${quote(shown, '"')}${printable !== null && !isAscii(seen) ? '/utf8' : ''}>>`);
}

/** The bits of the last byte are shown as a number of their own. */
function printBits(text: BoundedText, { bytes, bits }: Bitstring): void {
  const last = (bytes.at(-1) as number) >> (8 - bits);
  text.add(`<<${[...bytes.subarray(0, -1).subarray(0, text.left), last].join(',')}:${bits}>>`);
}

function readUtf8(bytes: Uint8Array, isCut: boolean): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes, { stream: isCut });
  } catch {
    return null;
  }
}

function codeOf(character: string): number {
  return character.codePointAt(0) as number;
}

function isAscii(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte < 128);
}

function numbers(bytes: Uint8Array, maxLength: number): string {
  return bytes.subarray(0, maxLength).join(',');
}

function isList(term: Term): term is readonly Term[] {
  return Array.isArray(term);
}

function isNumber(term: Term): term is number {
  return typeof term === 'number';
}
