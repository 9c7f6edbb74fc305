import fs from 'node:fs';
import { closing } from './place.ts';

const { O_RDONLY, O_NONBLOCK } = fs.constants;
const LONGEST_BYTES = 1024 ** 2;

/**
 * The text of a file that may be another user's, such as a certificate: a pipe in its place, which nobody writes to, must not hold up
 * the agent. @throws Error in words where it is something else than a file, or larger than 1 MB; an error of the file system
 */
export function readPlainFile(file: string): string {
  const fd = fs.openSync(file, O_RDONLY | O_NONBLOCK);
  using _ = closing(fd);
  const stat = fs.fstatSync(fd);
  if (!stat.isFile()) throw new Error(`${file} is no file`);
  if (stat.size > LONGEST_BYTES) throw new Error(`${file} is larger than 1 MB`);
  return fs.readFileSync(fd, 'utf8');
}
