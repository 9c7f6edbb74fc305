import { RE2JS } from 're2js';

/** A regular expression of a person, a configuration or a release. */
export interface Pattern {
  test(text: string): boolean;
  /** The leftmost part of the text that matches. */
  find(text: string): string | null;
}

const MAX_LENGTH = 1000;
/** Instructions of the compiled expression: what a character of a text may cost at most. */
const MAX_SIZE = 1000;

/**
 * Compiles an expression in the syntax of RE2, whose matching takes time in proportion to the text, whatever the two are;
 * node's own may take for ever. Says in words why it cannot be used: `has ..., which ...`.
 */
export function compilePattern(text: string): Pattern | { problem: string } {
  if (text.length > MAX_LENGTH)
    return { problem: `has ${text.length} characters, and ${MAX_LENGTH} are allowed` };
  let expression: RE2JS;
  try {
    expression = RE2JS.compile(text);
  } catch (error) {
    return { problem: problemOf(error as Error) };
  }
  if (expression.programSize() > MAX_SIZE) return { problem: 'repeats too much: write smaller counts in {}' };
  return {
    test: (tested) => expression.test(tested),
    find: (searched) => (expression.exec(searched)?.[0] as string | undefined) ?? null,
  };
}

/** Takes the problem out of `error parsing regexp: invalid escape sequence: \`\\1\``. */
function problemOf({ message }: Error): string {
  const words = message.replace('error parsing regexp: ', '');
  const part = words.slice(words.indexOf('`') + 1, -1);
  if (/^\(\?<?[=!]/.test(part)) return `has ${part}, and the syntax of RE2 knows no look-around`;
  if (/^\\([1-9]|k)/.test(part)) return `has ${part}, and the syntax of RE2 knows no back references`;
  return `has an error in the syntax of RE2, ${words}`;
}
