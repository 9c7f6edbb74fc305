import type { Line } from './lines.ts';
import type { Run } from './merge.ts';

/** Where the last lines of one log begin. */
export interface LastLinesStart {
  /** Absolute offset of a line's start. */
  from: number;
  /** So many lines from there are not among them. */
  skip: number;
}

interface Kept<T> {
  log: T;
  lines: number;
  from: number;
}

/**
 * Where, in each log, the last `count` lines of all of them together begin. A log that has none of them is missing. What is
 * held grows with the number of runs, not with that of the lines: they are read a second time. `isAll`: there are no others.
 */
export async function startsOfLast<T>(
  count: number,
  runs: AsyncIterable<Run<T>>,
): Promise<{ starts: Map<T, LastLinesStart>; isAll: boolean }> {
  let kept: Kept<T>[] = [];
  let first = 0;
  let total = 0;
  let isAll = true;
  for await (const { log, lines } of runs) {
    const starts = lines.filter(isStart);
    if (!starts[0]) continue;
    kept.push({ log, lines: starts.length, from: starts[0].start });
    total += starts.length;
    for (let oldest = kept[first]; oldest && total - oldest.lines >= count; oldest = kept[first]) {
      total -= oldest.lines;
      first++;
      isAll = false;
    }
    if (first > kept.length / 2) {
      kept = kept.slice(first);
      first = 0;
    }
  }
  const starts = new Map<T, LastLinesStart>();
  const skip = Math.max(0, total - count);
  for (const { log, from } of kept.slice(first))
    if (!starts.has(log)) starts.set(log, { from, skip: starts.size === 0 ? skip : 0 });
  return { starts, isAll: isAll && skip === 0 };
}

/** Leaves out the first `count` lines, whatever pieces they have. */
export async function* skipLines(batches: AsyncGenerator<Line[]>, count: number): AsyncGenerator<Line[]> {
  let left = count;
  let isSkipping = true;
  for await (const lines of batches) {
    let at = 0;
    for (; isSkipping && at < lines.length; at++) {
      if (!isStart(lines[at] as Line)) continue;
      isSkipping = left > 0;
      if (!isSkipping) break;
      left--;
    }
    yield at === 0 ? lines : lines.slice(at);
  }
}

function isStart({ part }: Line): boolean {
  return part === null || part === 'first';
}
