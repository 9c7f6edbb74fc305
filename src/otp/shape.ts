import { Atom, type Term, Tuple, textOf } from './term/index.ts';

/** The elements of a tuple that begins with an atom of this name, without that atom; null for any other term. */
export function tagged(term: Term | undefined, name: string): readonly Term[] | null {
  const [tag, ...rest] = elementsOf(term);
  return isAtom(tag, name) ? rest : null;
}

/** None where it is no tuple. */
export function elementsOf(term: Term | undefined): readonly Term[] {
  return term instanceof Tuple ? term.elements : [];
}

/** None where it is no proper list. */
export function itemsOf(term: Term | undefined): readonly Term[] {
  return Array.isArray(term) ? term : [];
}

export function isAtom(term: Term | undefined, name: string): boolean {
  return term instanceof Atom && term.name === name;
}

/** The text of a charlist, a binary or an atom, or the empty text. */
export function words(term: Term | undefined): string {
  return term === undefined ? '' : (textOf(term) ?? '');
}
