// External Term Format, sections SMALL_ATOM_UTF8_EXT, ATOM_UTF8_EXT, and the deprecated SMALL_ATOM_EXT and ATOM_EXT.
import { unencodable } from './malformed.ts';

/**
 * An atom. There is one object for a name at any time, so atoms are compared with `===`. Nothing holds an atom that the
 * program no longer holds, other than a table of fixed size: a peer that sends ever new atoms fills no memory.
 */
export class Atom {
  static readonly MAX_CHARACTERS = 255;

  declare readonly name: string;
  /** Its external form, from the tag on. */
  declare readonly encoded: Uint8Array;

  private constructor(name: string) {
    this.name = name;
    this.encoded = encodeName(name);
  }

  /** The atom of a name of up to 255 characters. */
  static of(name: string): Atom {
    const known = atoms.get(name)?.deref();
    if (known) return known;
    const made = new Atom(name);
    atoms.set(name, new WeakRef(made));
    names.register(made, name);
    return made;
  }

  toString(): string {
    return this.name;
  }
}

export const atom = Atom.of;

const atoms = new Map<string, WeakRef<Atom>>();
const names = new FinalizationRegistry<string>((name) => {
  // The name may have been made anew since.
  if (atoms.get(name)?.deref() === undefined) atoms.delete(name);
});

function encodeName(name: string): Uint8Array {
  const utf8 = Buffer.from(name);
  if (utf8.length > Atom.MAX_CHARACTERS && [...name].length > Atom.MAX_CHARACTERS)
    throw unencodable(`an atom of more than ${Atom.MAX_CHARACTERS} characters`);
  if (!name.isWellFormed()) throw unencodable('an atom with half a surrogate pair');
  const head = utf8.length < 256 ? [119, utf8.length] : [118, utf8.length >> 8, utf8.length & 255];
  return Uint8Array.of(...head, ...utf8);
}
