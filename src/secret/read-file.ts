import { isUtf8 } from 'node:buffer';
import fs from 'node:fs';
import path from 'node:path';
import { closing, errnoOf, messageOf, openOwned, SlipwayError } from '../kernel/index.ts';

const SIZE_MAX_BYTES = 64 * 1024;

/**
 * The text of a file of secrets, less the newline at its end. `isPrivate`: nobody but its owner may read it. `missing`: what
 * is to be done where there is none.
 * @throws SlipwayError as `Store.read`
 */
export function readSecret(
  directory: string,
  name: string,
  options: { isPrivate: boolean; missing: string },
): string {
  const { isPrivate, missing } = options;
  if (!/^[A-Za-z0-9_][A-Za-z0-9_.@:+=-]*$/.test(name))
    throw new SlipwayError('secret_missing', {
      message: `"${name}" is no name of a file in ${directory}`,
      hint: 'letters, digits and _ . @ : + = - are',
    });
  const file = path.join(directory, name);
  const fd = opened(file, missing);
  using _ = closing(fd);
  const stat = fs.fstatSync(fd);
  if (!stat.isFile()) throw malformed(`${file} is no regular file`, `ls -l ${file}`);
  if (isPrivate && (stat.mode & 0o077) !== 0)
    throw new SlipwayError('secret_denied', {
      message: `${file} may be read or changed by others than its owner: mode 0${(stat.mode & 0o777).toString(8)}`,
      hint: 'it is not used: somebody else may know it',
      next: `chmod 600 ${file}`,
    });
  const bytes = Buffer.alloc(SIZE_MAX_BYTES + 1);
  const length = fs.readSync(fd, bytes, 0, bytes.length, 0);
  if (length > SIZE_MAX_BYTES) throw malformed(`${file} is larger than 64 KB`, `ls -l ${file}`);
  const text = bytes.subarray(0, length);
  if (!isUtf8(text)) throw malformed(`${file} is not UTF-8 text`, `file ${file}`);
  return text.toString('utf8').replace(/\r?\n$/, '');
}

function opened(file: string, missing: string): number {
  try {
    return openOwned(file, []);
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(errnoOf(error) ?? ''))
      throw new SlipwayError('secret_missing', { message: `there is no ${file}`, next: missing });
    const next = error instanceof SlipwayError ? error.next : null;
    throw new SlipwayError('secret_denied', {
      message: `${file} cannot be read: ${error instanceof SlipwayError ? messageOf(error) : (errnoOf(error) ?? messageOf(error))}`,
      ...(next === null ? {} : { next }),
      cause: error,
    });
  }
}

function malformed(message: string, next: string): SlipwayError {
  return new SlipwayError('secret_malformed', { message, next });
}
