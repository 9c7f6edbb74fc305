import fs from 'node:fs';
import { errnoOf, registerSecret } from '../kernel/index.ts';

const SIZE_MAX_BYTES = 16 * 1024;

/** The one line of a file that nobody but its owner may read. */
export function readSecretFile(file: string): { secret: string } | { problem: string; hint?: string } {
  let fd: number | null = null;
  try {
    // A named pipe would be waited for.
    fd = fs.openSync(file, fs.constants.O_RDONLY | fs.constants.O_NONBLOCK);
    const stat = fs.fstatSync(fd);
    if (!stat.isFile()) return { problem: `${file} is not a file` };
    if ((stat.mode & 0o077) !== 0)
      return {
        problem: `${file} may be read or changed by others than its owner`,
        hint: `chmod 600 ${file}`,
      };
    if (stat.size > SIZE_MAX_BYTES) return { problem: `${file} is larger than 16 KB` };
    const secret = fs.readFileSync(fd, 'utf8').replace(/\r?\n$/, '');
    registerSecret(secret);
    return { secret };
  } catch (error) {
    return { problem: `${file} cannot be read (${errnoOf(error) ?? 'unknown error'})` };
  } finally {
    if (fd !== null) fs.closeSync(fd);
  }
}
