import fs from 'node:fs';
import { closing, errnoOf, messageOf, openOwned, SlipwayError } from '../../kernel/index.ts';
import type { Term } from '../term/index.ts';
import { parseText } from '../term/index.ts';

/** The longest relup of the largest systems is far below. */
export const MAX_BYTES = 16 * 1024 ** 2;

/**
 * The one term of a file that a release holds, or null where there is no such file.
 * @throws SlipwayError `term_malformed`, which names the file
 */
export function readTerm(file: string): Term | null {
  const text = readText(file);
  if (text === null) return null;
  try {
    const [term, ...rest] = parseText(text);
    if (term !== undefined && rest.length === 0) return term;
  } catch (error) {
    throw wrongFile(file, messageOf(error));
  }
  throw wrongFile(file, 'it has to hold one term');
}

/** @throws SlipwayError `term_malformed` where it is something else than a file of a bearable size */
export function readText(file: string): string | null {
  const fd = openOrNull(file);
  if (fd === null) return null;
  using _ = closing(fd);
  const stat = fs.fstatSync(fd);
  if (!stat.isFile()) throw wrongFile(file, 'it is no ordinary file');
  if (stat.size > MAX_BYTES) throw wrongFile(file, `it is larger than ${MAX_BYTES} bytes`);
  const bytes = Buffer.alloc(stat.size);
  return bytes.toString('utf8', 0, fs.readSync(fd, bytes));
}

function openOrNull(file: string): number | null {
  try {
    if (fs.lstatSync(file, { throwIfNoEntry: false })?.isSymbolicLink())
      throw wrongFile(file, 'it is a link');
    // A release belongs to whom the app runs as: a link in it may lead to what only we can read.
    return openOwned(file, null);
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(errnoOf(error) ?? '')) return null;
    if (errnoOf(error) === 'permission') throw wrongFile(file, messageOf(error));
    throw error;
  }
}

export function wrongFile(file: string, reason: string): SlipwayError {
  return new SlipwayError('term_malformed', { message: `${file} cannot be used: ${reason}` });
}
