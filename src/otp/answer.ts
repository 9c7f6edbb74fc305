import { SlipwayError } from '../kernel/index.ts';
import { isAtom, tagged } from './shape.ts';
import { format, type Term } from './term/index.ts';

/**
 * What follows the tag in `{ok, ...}`; nothing of a bare `ok`.
 * @throws SlipwayError `otp_call` for every other answer
 */
export function answered(answer: Term, tag: string, what: string): readonly Term[] {
  const rest = isAtom(answer, tag) ? [] : tagged(answer, tag);
  if (rest !== null) return rest;
  const reason = tagged(answer, 'error')?.at(-1) ?? answer;
  throw new SlipwayError('otp_call', {
    message: `${what}: ${format(reason, { maxLength: 500 })}`,
    cause: answer,
  });
}
