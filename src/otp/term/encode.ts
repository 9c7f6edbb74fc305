// External Term Format: from terms to bytes. The tags are those that every OTP since 23 reads.
import { Atom } from './atom.ts';
import { Binary } from './binary.ts';
import { Bitstring } from './bitstring.ts';
import { Float } from './float.ts';
import { ExternalFun, Fun } from './fun.ts';
import { Pid, Port, Reference } from './identifiers.ts';
import { unencodable } from './malformed.ts';
import { Output } from './output.ts';
import { ImproperList, type Term, TermMap, Tuple } from './term.ts';

/** What is written to is used again: memory of its own for each term, that grows with it, costs more than a copy at the end. */
const KEPT_BYTES = 1024 * 1024;
let kept = new Output();

/** The version byte, the term. Throws `term_malformed` for a value that is no term. */
export function encode(term: Term): Uint8Array {
  const output = kept;
  output.length = 0;
  encodeInto(output, term);
  const bytes = output.take();
  if (output.bytes.length <= KEPT_BYTES) return Buffer.from(bytes);
  kept = new Output();
  return bytes;
}

/** The same after what was written before. */
export function encodeInto(output: Output, term: Term): void {
  output.byte(131);
  write(output, term, 0);
}

const MAX_DEPTH = 2_000;
const MAX_STRING = 0xffff;

function write(output: Output, term: Term, depth: number): void {
  if (typeof term === 'number') writeInteger(output, term);
  else if (term instanceof Atom) writeBytes(output, term.encoded);
  else if (term instanceof Binary) writeBinary(output, term);
  else if (depth > MAX_DEPTH) throw unencodable(`a term nested more than ${MAX_DEPTH} deep`);
  else if (term instanceof Tuple) writeTuple(output, term, depth);
  else if (Array.isArray(term)) writeList(output, term, depth);
  else if (term instanceof TermMap) writeMap(output, term, depth);
  else if (term instanceof Float) writeFloat(output, term.value);
  else if (term instanceof Pid) writePid(output, term);
  else if (term instanceof Reference) writeReference(output, term);
  else writeSeldom(output, term as Exclude<Term, readonly Term[]>, depth);
}

function writeSeldom(output: Output, term: Exclude<Term, readonly Term[]>, depth: number): void {
  if (typeof term === 'bigint') writeBig(output, term);
  else if (term instanceof ImproperList) writeItems(output, term.items, term.tail, depth);
  else if (term instanceof Port) writePort(output, term);
  else if (term instanceof Fun) writeBytes(output, term.bytes);
  else if (term instanceof ExternalFun) writeExternalFun(output, term);
  else if (term instanceof Bitstring) writeBitstring(output, term);
  else throw unencodable(typeof term === 'object' ? Object.prototype.toString.call(term) : typeof term);
}

function writeInteger(output: Output, value: number): void {
  if (value !== (value | 0)) return writeBeyond32Bits(output, value);
  output.room(5);
  const { bytes } = output;
  let at = output.length;
  if (value >>> 8 === 0) {
    bytes[at++] = 97; // SMALL_INTEGER_EXT
    bytes[at++] = value;
  } else {
    bytes[at++] = 98; // INTEGER_EXT
    bytes[at++] = value >> 24;
    bytes[at++] = value >> 16;
    bytes[at++] = value >> 8;
    bytes[at++] = value;
  }
  output.length = at;
}

/** SMALL_BIG_EXT. */
function writeBeyond32Bits(output: Output, value: number): void {
  if (!Number.isSafeInteger(value))
    throw unencodable(
      Number.isInteger(value)
        ? `${value} is beyond the integers that a number holds exactly: use a bigint`
        : `${value} is no integer: a float is a Float`,
    );
  output.room(11);
  const { bytes } = output;
  const magnitude = Math.abs(value);
  const high = Math.floor(magnitude / 0x1_0000_0000);
  const sizeAt = output.length + 1;
  let at = sizeAt + 2;
  bytes[sizeAt - 1] = 110;
  bytes[sizeAt + 1] = value < 0 ? 1 : 0;
  for (let rest = magnitude >>> 0, i = 0; i < 4; i++, rest >>>= 8) bytes[at++] = rest;
  for (let rest = high; rest > 0; rest >>>= 8) bytes[at++] = rest;
  // Between 2^31 and 2^32 there is no high part, and the low one fills its four bytes.
  bytes[sizeAt] = at - sizeAt - 2;
  output.length = at;
}

/** SMALL_BIG_EXT, LARGE_BIG_EXT. */
function writeBig(output: Output, value: bigint): void {
  if (value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER)
    return writeInteger(output, Number(value));
  const digits = (value < 0n ? -value : value).toString(16);
  const magnitude = Buffer.from(digits.length % 2 === 0 ? digits : `0${digits}`, 'hex').reverse();
  output.room(6);
  if (magnitude.length < 256) {
    output.bytes[output.length++] = 110;
    output.bytes[output.length++] = magnitude.length;
  } else {
    output.bytes[output.length++] = 111;
    output.length = output.bytes.writeUInt32BE(magnitude.length, output.length);
  }
  output.bytes[output.length++] = value < 0n ? 1 : 0;
  writeBytes(output, magnitude);
}

/** NEW_FLOAT_EXT. */
function writeFloat(output: Output, value: number): void {
  output.room(9);
  output.bytes[output.length] = 70;
  output.length = output.bytes.writeDoubleBE(value, output.length + 1);
}

function writeBytes(output: Output, bytes: Uint8Array): void {
  output.room(bytes.length);
  if (bytes.length > 32) output.bytes.set(bytes, output.length);
  else {
    const to = output.bytes;
    const at = output.length;
    for (let i = 0; i < bytes.length; i++) to[at + i] = bytes[i] as number;
  }
  output.length += bytes.length;
}

/** BINARY_EXT. */
function writeBinary(output: Output, { buffer, start, end }: Binary): void {
  const size = end - start;
  output.room(size + 5);
  const { bytes } = output;
  let at = writeHead(output, 109, size);
  if (size > 32) buffer.copy(bytes, at, start, end);
  else for (let i = start; i < end; i++) bytes[at++] = buffer[i] as number;
  output.length += size;
}

/** BIT_BINARY_EXT. */
function writeBitstring(output: Output, { bytes, bits }: Bitstring): void {
  output.room(6);
  writeHead(output, 77, bytes.length);
  output.bytes[output.length++] = bits;
  writeBytes(output, bytes);
}

/** SMALL_TUPLE_EXT, LARGE_TUPLE_EXT. */
function writeTuple(output: Output, { elements }: Tuple, depth: number): void {
  output.room(5);
  if (elements.length < 256) {
    output.bytes[output.length++] = 104;
    output.bytes[output.length++] = elements.length;
  } else writeHead(output, 105, elements.length);
  for (let i = 0; i < elements.length; i++) write(output, elements[i] as Term, depth + 1);
}

/** NIL_EXT, STRING_EXT, LIST_EXT. */
function writeList(output: Output, items: readonly Term[], depth: number): void {
  if (items.length === 0) output.byte(106);
  else if (items.length <= MAX_STRING && isOfBytes(items)) writeString(output, items);
  else writeItems(output, items, [], depth);
}

function isOfBytes(items: readonly Term[]): items is readonly number[] {
  for (let i = 0; i < items.length; i++) {
    const item = items[i];
    if (typeof item !== 'number' || item >>> 8 !== 0 || item !== (item | 0)) return false;
  }
  return true;
}

function writeString(output: Output, items: readonly number[]): void {
  output.room(items.length + 3);
  const { bytes } = output;
  let at = output.length;
  bytes[at++] = 107;
  bytes[at++] = items.length >> 8;
  bytes[at++] = items.length;
  for (let i = 0; i < items.length; i++) bytes[at++] = items[i] as number;
  output.length = at;
}

function writeItems(output: Output, items: readonly Term[], tail: Term, depth: number): void {
  output.room(5);
  writeHead(output, 108, items.length);
  for (let i = 0; i < items.length; i++) write(output, items[i] as Term, depth + 1);
  write(output, tail, depth + 1);
}

/** MAP_EXT. */
function writeMap(output: Output, { keys, values }: TermMap, depth: number): void {
  output.room(5);
  writeHead(output, 116, keys.length);
  for (let i = 0; i < keys.length; i++) {
    write(output, keys[i] as Term, depth + 1);
    write(output, values[i] as Term, depth + 1);
  }
}

/** NEW_PID_EXT. */
function writePid(output: Output, { node, id, serial, creation }: Pid): void {
  output.byte(88);
  writeBytes(output, node.encoded);
  output.room(12);
  writeWord(output, id);
  writeWord(output, serial);
  writeWord(output, creation);
}

/** NEW_PORT_EXT, V4_PORT_EXT. */
function writePort(output: Output, { node, id, creation }: Port): void {
  const isLong = id > 0xffff_ffff;
  output.byte(isLong ? 120 : 89);
  writeBytes(output, node.encoded);
  output.room(12);
  if (isLong) {
    output.length = output.bytes.writeBigUInt64BE(BigInt(id), output.length);
  } else writeWord(output, Number(id));
  writeWord(output, creation);
}

/** NEWER_REFERENCE_EXT. */
function writeReference(output: Output, { node, creation, ids }: Reference): void {
  output.room(3);
  output.bytes[output.length++] = 90;
  output.bytes[output.length++] = 0;
  output.bytes[output.length++] = ids.length;
  writeBytes(output, node.encoded);
  output.room(4 + 4 * ids.length);
  writeWord(output, creation);
  for (let i = 0; i < ids.length; i++) writeWord(output, ids[i] as number);
}

/** EXPORT_EXT. */
function writeExternalFun(output: Output, fun: ExternalFun): void {
  output.byte(113);
  writeBytes(output, fun.module.encoded);
  writeBytes(output, fun.function.encoded);
  writeInteger(output, fun.arity);
}

/** 32 bits; the room is there already. */
function writeWord(output: Output, word: number): void {
  const { bytes } = output;
  let at = output.length;
  bytes[at++] = word >>> 24;
  bytes[at++] = word >>> 16;
  bytes[at++] = word >>> 8;
  bytes[at++] = word;
  output.length = at;
}

/** A tag and a size; the room is there already. The result is where it goes on. */
function writeHead(output: Output, tag: number, size: number): number {
  const { bytes } = output;
  let at = output.length;
  bytes[at++] = tag;
  bytes[at++] = size >>> 24;
  bytes[at++] = size >>> 16;
  bytes[at++] = size >>> 8;
  bytes[at++] = size;
  output.length = at;
  return at;
}
