import { SlipwayError } from '../kernel/index.ts';
import { isAtom, tagged, words } from './shape.ts';
import { Binary, format, type Term } from './term/index.ts';

/**
 * What follows the tag in `{ok, ...}`; nothing of a bare `ok`.
 * @throws SlipwayError `otp_call` for every other answer
 */
export function answered(answer: Term, tag: string, what: string): readonly Term[] {
  const rest = isAtom(answer, tag) ? [] : tagged(answer, tag);
  if (rest !== null) return rest;
  const reason = tagged(answer, 'error')?.at(-1) ?? answer;
  const text = reason instanceof Binary ? words(reason).trim() : '';
  throw new SlipwayError('otp_call', {
    message: `${what}: ${text || format(reason, { maxLength: 500 })}`,
    cause: answer,
  });
}
