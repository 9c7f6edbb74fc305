import fs from 'node:fs';
import { extentOf } from './log-span.ts';

const ATTEMPTS = 5;

export interface LastLinesOptions {
  file: string;
  lines: number;
  /** Read at most, from the end. A rotation leaves 64 KB in the log. */
  maxBytes: number;
  /** Absolute offset, `logSpan(file).end` when a run began: only what it wrote. */
  after?: number;
}

/** The last lines of the log itself, at once: the "why" of an exit. None where it cannot be read. */
export function lastLines({ file, lines, maxBytes, after = 0 }: LastLinesOptions): string[] {
  let fd: number;
  try {
    fd = fs.openSync(file, 'r');
  } catch {
    return [];
  }
  try {
    // A rotation between the looks at the extent moves the bytes; there is none so soon again.
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const { base, hole } = extentOf(file, fd);
      const { size } = fs.fstatSync(fd);
      const first = Math.min(Math.max(hole, after - base), size);
      const from = Math.max(first, size - maxBytes);
      const bytes = Buffer.alloc(size - from);
      const length = fs.readSync(fd, bytes, 0, bytes.length, from);
      const now = extentOf(file, fd);
      if (now.base === base && now.hole === hole)
        return splitLast(bytes.toString('utf8', 0, length), { lines, isWithinLine: from > first });
    }
    return [];
  } catch {
    return [];
  } finally {
    fs.closeSync(fd);
  }
}

function splitLast(
  text: string,
  { lines, isWithinLine }: { lines: number; isWithinLine: boolean },
): string[] {
  const all = text.split('\n');
  if (all.at(-1) === '') all.pop();
  if (isWithinLine && all.length > 1) all.shift();
  return lines > 0 ? all.slice(-lines) : [];
}
