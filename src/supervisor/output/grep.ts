import vm from 'node:vm';
import { SlipwayError } from '../../kernel/index.ts';

const PATTERN_MAX_LENGTH = 1000;
const TEXT_MAX_LENGTH = 64 * 1024;
/** For the lines of one chunk of 256 KB, which take some 5 ms. */
const TIMEOUT_MS = 1000;

export type Matcher = (texts: string[]) => boolean[];

const SCRIPT = new vm.Script(`{
  const found = [];
  for (const text of texts) found.push(expression.test(text));
  found;
}`);

/**
 * Tests lines, of each the first 64 KB, against a person's regular expression. In a context of its own with a time
 * limit: an expression that backtracks without end would stop the whole agent.
 * @throws usage where the expression is none, too long, or too slow.
 */
export function compileGrep(pattern: string): Matcher {
  const context = vm.createContext({ expression: compile(pattern), texts: [] as string[] });
  return (texts) => {
    context.texts = texts.map((text) =>
      text.length > TEXT_MAX_LENGTH ? text.slice(0, TEXT_MAX_LENGTH) : text,
    );
    try {
      return SCRIPT.runInContext(context, { timeout: TIMEOUT_MS }) as boolean[];
    } catch (error) {
      throw new SlipwayError('usage', {
        message: `the expression ${JSON.stringify(pattern)} takes too long on these lines`,
        hint: 'nested repetitions such as (a+)+ try every way to split a line; write it without',
        cause: error,
      });
    }
  };
}

function compile(pattern: string): RegExp {
  if (pattern.length > PATTERN_MAX_LENGTH)
    throw new SlipwayError('usage', {
      message: `the expression has ${pattern.length} characters; at most ${PATTERN_MAX_LENGTH} are taken`,
    });
  try {
    return new RegExp(pattern);
  } catch (error) {
    throw new SlipwayError('usage', {
      message: `${JSON.stringify(pattern)} is not a regular expression`,
      hint: 'the syntax is that of JavaScript; a backslash before ( [ * + ? . takes them literally',
      cause: error,
    });
  }
}
