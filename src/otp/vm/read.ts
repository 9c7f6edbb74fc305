import { SlipwayError } from '../../kernel/index.ts';
import { isAtom } from '../shape.ts';
import { atom, format, type Term, TermMap, Tuple, textOf } from '../term/index.ts';

/* Reads what the node answered. What is not as expected is an error that shows it. */

/** The value under an atom in a map. */
export function field(term: Term, name: string): Term {
  const value = term instanceof TermMap ? term.get(atom(name)) : undefined;
  return value ?? unexpected(term, `a map with ${name}`);
}

export function whole(term: Term): number {
  if (typeof term === 'bigint') return Number(term);
  return typeof term === 'number' ? term : unexpected(term, 'a whole number');
}

export function text(term: Term): string {
  return textOf(term) ?? unexpected(term, 'a text');
}

export function list(term: Term): readonly Term[] {
  return Array.isArray(term) ? term : unexpected(term, 'a list');
}

export function elements(term: Term, size: number): readonly Term[] {
  return term instanceof Tuple && term.elements.length === size
    ? term.elements
    : unexpected(term, `a tuple of ${size}`);
}

export function isUndefined(term: Term): boolean {
  return isAtom(term, 'undefined');
}

/** `module:function/arity`, of a module of Elixir `Module.function/arity`; null where the node does not know it. */
export function functionName(term: Term): string | null {
  if (isUndefined(term)) return null;
  const [module, fn, arity] = elements(term, 3) as [Term, Term, Term];
  const name = text(module);
  const prefix = name.startsWith('Elixir.') ? `${name.slice('Elixir.'.length)}.` : `${name}:`;
  return `${prefix}${text(fn)}/${whole(arity)}`;
}

function unexpected(term: Term, wanted: string): never {
  throw new SlipwayError('otp_call', {
    message: `The node answered ${format(term, { maxLength: 200 })} in place of ${wanted}`,
  });
}
