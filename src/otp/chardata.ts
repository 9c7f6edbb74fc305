// stdlib, unicode:chardata(): text as lists, nested at will, of characters and of binaries, which are UTF-8 (or Latin-1).
import { Binary, ImproperList, type Term } from './term/index.ts';

/** Characters that are put into bytes together: a buffer for each would be a hundred times as large as it. */
const MAX_RUN = 4096;

/** The text of chardata; null where it is none. */
export function textOfChardata(chardata: Term, encoding: 'unicode' | 'latin1'): string | null {
  const pieces: Buffer[] = [];
  let run: number[] = [];
  const endRun = () => {
    if (run.length > 0) pieces.push(Buffer.from(String.fromCodePoint(...run)));
    run = [];
  };
  const rest: Term[] = [chardata];
  for (let term = rest.pop(); term !== undefined; term = rest.pop()) {
    if (Array.isArray(term)) pushReversed(rest, term);
    else if (term instanceof ImproperList) {
      rest.push(term.tail);
      pushReversed(rest, term.items);
    } else if (term instanceof Binary) {
      endRun();
      pieces.push(bytesOf(term, encoding));
    } else if (isCharacter(term)) {
      if (run.push(term) === MAX_RUN) endRun();
    } else return null;
  }
  endRun();
  // Together: a character's bytes may be in two binaries.
  return Buffer.concat(pieces).toString();
}

function pushReversed(stack: Term[], items: readonly Term[]): void {
  for (let i = items.length - 1; i >= 0; i--) stack.push(items[i] as Term);
}

function bytesOf(binary: Binary, encoding: 'unicode' | 'latin1'): Buffer {
  const bytes = Buffer.from(binary.bytes);
  return encoding === 'unicode' ? bytes : Buffer.from(bytes.toString('latin1'));
}

function isCharacter(term: Term): term is number {
  return typeof term === 'number' && term >= 0 && term <= 0x10ffff && (term < 0xd800 || term > 0xdfff);
}
