import { Atom } from './atom.ts';
import { Binary } from './binary.ts';
import type { Term } from './term.ts';

/** The text that a binary, a charlist or an atom stands for; null for any other term. */
export function textOf(term: Term): string | null {
  if (term instanceof Atom) return term.name;
  if (term instanceof Binary) return term.toString();
  return Array.isArray(term) && term.every(isCharacter) ? charactersToText(term) : null;
}

function isCharacter(term: Term): term is number {
  return typeof term === 'number' && term >= 0 && term <= 0x10ffff && (term < 0xd800 || term > 0xdfff);
}

function charactersToText(characters: readonly number[]): string {
  let text = '';
  for (const character of characters) text += String.fromCodePoint(character);
  return text;
}
