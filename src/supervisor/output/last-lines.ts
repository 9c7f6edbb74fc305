import fs from 'node:fs';
import { safeText } from '../../kernel/index.ts';
import { extentOf } from './log-span.ts';
import { frontFrom } from './rotation-state.ts';

const ATTEMPTS = 5;

export interface LastLinesOptions {
  file: string;
  lines: number;
  /** Read at most, from the end. A rotation leaves 64 KB in the log. */
  maxBytes: number;
  /** Absolute offset, `logSpan(file).end` when a run began: only what it wrote. */
  after?: number;
}

/** More of a line is not told. */
const LINE_CHARACTERS = 4096;

/**
 * The last lines of the log itself, at once: the "why" of an exit, safe to be told and written down. None where it cannot
 * be read.
 */
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
      const extent = extentOf(file, fd);
      const { base, hole } = extent;
      const { size } = fs.fstatSync(fd);
      const first = Math.min(Math.max(hole, after - base), size);
      const from = Math.max(first, size - maxBytes);
      const bytes = Buffer.alloc(size - from);
      const length = fs.readSync(fd, bytes, 0, bytes.length, from);
      const now = extentOf(file, fd);
      if (now.base !== base || now.hole !== hole) continue;
      const isWithinLine = from > first;
      const front = isWithinLine ? Buffer.alloc(0) : frontFrom(after, extent);
      const text = Buffer.concat([front, bytes.subarray(0, length)]).toString();
      return splitLast(text, { lines, isWithinLine });
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
  // It is masked as a whole, for a secret may have several lines.
  const all = safeText(text).split('\n');
  if (all.at(-1) === '') all.pop();
  const last = lines > 0 ? all.slice(-lines) : [];
  if (!isWithinLine || last.length < all.length) return last.map(fromItsBeginning);
  // The first of them is the rest of a line. Where there is no other it has to do.
  const [rest = '', ...others] = last;
  return others.length > 0 ? others.map(fromItsBeginning) : [`... ${rest.slice(-LINE_CHARACTERS)}`];
}

function fromItsBeginning(line: string): string {
  return line.length > LINE_CHARACTERS ? `${line.slice(0, LINE_CHARACTERS)} ... (the line goes on)` : line;
}
