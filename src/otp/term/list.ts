// External Term Format, sections LIST_EXT, STRING_EXT and NIL_EXT. A proper list is an array.
import { unencodable } from './malformed.ts';
import type { Term } from './term.ts';

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
