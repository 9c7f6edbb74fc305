import fs from 'node:fs';
import { logSpan } from './log-span.ts';
import { type ByteRange, readBytes } from './read-bytes.ts';
import { openSegments } from './segments.ts';
import { readMarks } from './time-marks.ts';

const FIRST_WINDOW_BYTES = 64 * 1024;
const NEWLINE = 10;

/** Absolute offset at which the last `lines` lines of a range begin, or the range's start where it has fewer. */
export async function offsetOfLast(lines: number, { file, from, until }: ByteRange): Promise<number> {
  if (lines <= 0) return until;
  for (let windowBytes = FIRST_WINDOW_BYTES; ; windowBytes *= 4) {
    const start = Math.max(from, until - windowBytes);
    const starts = await lineStarts(lines, { file, from: start, until });
    const first = starts.length === lines ? starts[0] : undefined;
    if (first !== undefined) return first;
    if (start === from) return from;
  }
}

/** Offsets behind the newlines of a range, the last `count` of them; of the newline at its very end none. */
async function lineStarts(count: number, range: ByteRange): Promise<number[]> {
  let starts: number[] = [];
  for await (const { offset, bytes } of readBytes(range)) {
    for (let at = bytes.indexOf(NEWLINE); at >= 0; at = bytes.indexOf(NEWLINE, at + 1))
      if (offset + at + 1 < range.until) starts.push(offset + at + 1);
    if (starts.length > count) starts = starts.slice(-count);
  }
  return starts;
}

/**
 * Absolute offset from which on the bytes were written at `sinceEpochMs` or later. By the schedule's looks, so up to 5 s of
 * earlier lines may come with them, never fewer; without looks that old, by the times at which whole files were closed. It need not be
 * the start of a line.
 */
export async function offsetSince(sinceEpochMs: number, file: string): Promise<number> {
  const { end } = logSpan(file);
  const mark = readMarks(file).findLast(({ atMs }) => atMs <= sinceEpochMs);
  if (mark && mark.end <= end) return mark.end;
  await using segments = await openSegments(file);
  const segment = segments.list.find(({ closedMs }) => closedMs >= sinceEpochMs);
  if (segment) return segment.start;
  const writtenMs = fs.statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  return writtenMs >= sinceEpochMs ? segments.end : end;
}

/** Absolute offset of the oldest byte that is kept. */
export async function oldestOffset(file: string): Promise<number> {
  await using segments = await openSegments(file);
  return segments.list[0]?.start ?? segments.end;
}
