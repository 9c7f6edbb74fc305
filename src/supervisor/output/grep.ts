import { compilePattern, SlipwayError } from '../../kernel/index.ts';

const TEXT_MAX_LENGTH = 64 * 1024;

export type Matcher = (text: string) => boolean;

/**
 * Tests lines, of each the first 64 KB, against a person's regular expression; with `invert`, for that they do not fit it.
 * @throws usage where the expression is none, too long, or beyond the syntax of RE2.
 */
export function compileGrep(written: string, { invert = false }: { invert?: boolean } = {}): Matcher {
  const pattern = compilePattern(written);
  if ('problem' in pattern)
    throw new SlipwayError('usage', {
      message: `the expression ${JSON.stringify(written.slice(0, 100))} ${pattern.problem}`,
      hint: 'a backslash before ( [ * + ? . takes them literally',
    });
  return (text) =>
    pattern.test(text.length > TEXT_MAX_LENGTH ? text.slice(0, TEXT_MAX_LENGTH) : text) !== invert;
}
