import fs from 'node:fs';
import { parseEnv } from 'node:util';
import { errnoOf, messageOf, SlipwayError } from '../../kernel/index.ts';
import type { Output } from '../output/index.ts';
import { checkName } from './names.ts';
import { valuesOf } from './values.ts';

/**
 * New values of variables, by name: those of a file, over them what stands on the command line as `NAME=VALUE`, and over
 * them the `NAME`s whose values are asked for or read. Errors: `usage`, also where there is none; `interrupted`.
 */
export async function assignmentsOf(options: {
  words: string[];
  file: string | null;
  /** How the command begins, for the next one. */
  verb: string;
  output: Output;
}): Promise<Record<string, string>> {
  const { words, file, verb, output } = options;
  if (words.length === 0 && file === null) {
    throw new SlipwayError('usage', {
      message: 'which variables? none is named',
      next: `${verb} NAME=VALUE`,
    });
  }
  const set = new Map(file === null ? [] : variablesIn(file));
  const bare = words.filter((word) => !word.includes('='));
  for (const word of words) {
    const at = word.indexOf('=');
    const name = at === -1 ? word : word.slice(0, at);
    checkName(name, verb);
    if (at !== -1) set.set(name, word.slice(at + 1));
  }
  for (const [name, value] of await valuesOf(bare, { verb, output })) set.set(name, value);
  return Object.fromEntries(set);
}

function variablesIn(file: string): [string, string][] {
  const found = Object.entries(parseEnv(textOf(file))) as [string, string][];
  if (found.length > 0) return found;
  throw new SlipwayError('usage', {
    message: `there is no variable in ${file}`,
    hint: 'each stands on a line of its own, as NAME=VALUE',
  });
}

function textOf(file: string): string {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch (error) {
    const why = errnoOf(error) === 'ENOENT' ? 'it is not there' : messageOf(error);
    throw new SlipwayError('usage', { message: `${file} cannot be read: ${why}` });
  }
}
