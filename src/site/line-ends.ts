import fs from 'node:fs';
import { closing } from '../kernel/index.ts';

const LOOKED_AT_BYTES = 64 * 1024;

/** Whether a script has the line ends of Windows: bash takes the CR for part of each command. */
export function hasWindowsLineEnds(file: string): boolean {
  // A hook may have put a fifo there, which would be waited for.
  const fd = fs.openSync(file, fs.constants.O_RDONLY | fs.constants.O_NONBLOCK);
  using _ = closing(fd);
  const bytes = Buffer.alloc(LOOKED_AT_BYTES);
  return bytes.subarray(0, fs.readSync(fd, bytes)).includes('\r\n');
}

/** What makes git leave them out, of everybody's checkout. */
export const UNIX_LINE_ENDS =
  "echo '.slipway/** text eol=lf' >>.gitattributes && git config core.autocrlf input && git add --renormalize .   (in the repository; then commit and push)";
