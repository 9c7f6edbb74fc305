import { formatSize } from '../wording/index.ts';

/** So many lines are kept of the beginning of what a step prints, and as many of its end. */
export const KEPT_LINES = 1000;

/** What was not kept: lines that were counted, and bytes that nobody has read. */
export interface LeftOut {
  lines: number;
  bytes: number;
}

const MARK = /^\.\.\. \((?:(\d+) lines)?(?: and )?(\d[\d.]* ?[KMGT]?B(?: more)?)? are left out\)$/;

/** Stands in place of what was left out: after the first `KEPT_LINES`, before those of the end. */
export function leftOutLine({ lines, bytes }: LeftOut): string {
  const size = formatSize(bytes);
  if (bytes === 0) return `... (${lines} lines are left out)`;
  return `... (${lines === 0 ? size : `${lines} lines and ${size} more`} are left out)`;
}

/** How many lines were left out of the middle of an output, and whether that is all; null where nothing was. */
export function leftOutOf(output: readonly string[]): { lines: number; isAll: boolean } | null {
  const match = MARK.exec(output[KEPT_LINES] ?? '');
  return match && { lines: Number(match[1] ?? 0), isAll: match[2] === undefined };
}
