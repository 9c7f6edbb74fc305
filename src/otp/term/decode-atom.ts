// External Term Format, sections SMALL_ATOM_UTF8_EXT, ATOM_UTF8_EXT, and the deprecated SMALL_ATOM_EXT and ATOM_EXT.
import { Atom } from './atom.ts';
import type { Input } from './input.ts';
import { malformed } from './malformed.ts';

/** A power of two. A later atom takes the place of an earlier one, so this holds no more atoms than it has slots. */
const SLOTS = 4096;
const slots: (Atom | null)[] = Array.from({ length: SLOTS }, () => null);
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The atom after its tag. */
export function readAtom(input: Input, tag: number): Atom {
  const size = tag === 119 || tag === 115 ? input.uint8() : input.uint16();
  const start = input.skip(size);
  const isUtf8 = tag === 119 || tag === 118;
  return isUtf8 || isAscii(input.bytes, start, input.at) ? utf8Atom(input, start) : latin1Atom(input, start);
}

/** Reads an atom where nothing else may be, as in a pid. */
export function readTaggedAtom(input: Input): Atom {
  const tag = input.uint8();
  if (tag === 119 || tag === 118 || tag === 115 || tag === 100) return readAtom(input, tag);
  throw malformed(`tag ${tag} where an atom must be`, input.at - 1);
}

/** Known names are found by their bytes: no string is made of them. */
function utf8Atom(input: Input, start: number): Atom {
  const { bytes, at: end } = input;
  let hash = end - start;
  for (let i = start; i < end; i++) hash = (Math.imul(hash, 31) + (bytes[i] as number)) | 0;
  const slot = (hash ^ (hash >>> 15)) & (SLOTS - 1);
  const known = slots[slot] as Atom | null;
  if (known !== null && isNamed(known, bytes, start, end)) return known;
  const named = newAtom(input, start);
  slots[slot] = named;
  return named;
}

function newAtom(input: Input, start: number): Atom {
  input.countName();
  let name: string;
  try {
    name = utf8.decode(input.bytes.subarray(start, input.at));
  } catch {
    throw malformed('the name of an atom is no UTF-8', start);
  }
  if (name.length > Atom.MAX_CHARACTERS && [...name].length > Atom.MAX_CHARACTERS)
    throw malformed(`an atom of more than ${Atom.MAX_CHARACTERS} characters`, start);
  return Atom.of(name);
}

function latin1Atom(input: Input, start: number): Atom {
  const size = input.at - start;
  if (size > Atom.MAX_CHARACTERS) throw malformed(`an atom of ${size} characters`, start);
  input.countName();
  return Atom.of(input.bytes.toString('latin1', start, input.at));
}

function isNamed({ encoded }: Atom, bytes: Buffer, start: number, end: number): boolean {
  const head = encoded[0] === 119 ? 2 : 3;
  if (encoded.length - head !== end - start) return false;
  for (let i = start, j = head; i < end; i++, j++) if (bytes[i] !== encoded[j]) return false;
  return true;
}

function isAscii(bytes: Buffer, start: number, end: number): boolean {
  for (let i = start; i < end; i++) if ((bytes[i] as number) > 127) return false;
  return true;
}
