import { SlipwayError } from '../../kernel/index.ts';

const NAME_PATTERN = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** Names of variables as they stand on the command line, one at least. Errors: `usage`. */
export function namesOf(words: string[], verb: string): string[] {
  if (words.length === 0) {
    throw new SlipwayError('usage', { message: 'which variables? none is named', next: `${verb} NAME` });
  }
  for (const word of words) checkName(word, verb);
  return words;
}

/** Tells of a wrong name without what may be a value. */
export function checkName(name: string, verb: string): void {
  if (NAME_PATTERN.test(name)) return;
  throw new SlipwayError('usage', {
    message: `${JSON.stringify(name.split('=', 1)[0])} is no name of a variable`,
    hint: 'letters, digits and _ are, and no digit comes first',
    next: `${verb} NAME`,
  });
}
