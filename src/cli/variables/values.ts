import { SlipwayError } from '../../kernel/index.ts';
import type { Output } from '../output/index.ts';
import { ask } from './ask.ts';

const MAX_CHARACTERS = 1024 ** 2;

/**
 * Values that must not stand on the command line: on a terminal each is asked for, else standard input is the one.
 * Errors: `usage`, where standard input is empty or for several; `interrupted`.
 */
export async function valuesOf(
  names: string[],
  { verb, output }: { verb: string; output: Output },
): Promise<[name: string, value: string][]> {
  const [name, ...others] = names;
  if (name === undefined) return [];
  if (process.stdin.isTTY) {
    const values = await ask(names, output.err);
    return names.map((each, index) => [each, values[index] ?? '']);
  }
  if (others.length > 0) {
    throw new SlipwayError('usage', {
      message: `standard input can hold one value, and not those of ${names.join(', ')}`,
      next: `${verb} ${name}`,
    });
  }
  return [[name, await valueOnStdin(name)]];
}

/** All of it, less the line end that `echo` puts there. */
async function valueOnStdin(name: string): Promise<string> {
  let text = '';
  for await (const chunk of process.stdin.setEncoding('utf8')) {
    text += chunk;
    if (text.length > MAX_CHARACTERS)
      throw new SlipwayError('usage', { message: `the value of ${name} on standard input is over 1 MB` });
  }
  const value = text.replace(/\r?\n$/, '');
  if (value !== '') return value;
  throw new SlipwayError('usage', {
    message: `standard input holds no value for ${name}`,
    hint: 'nothing was changed; on a terminal it is asked for',
  });
}
