import fs from 'node:fs';
import { PIECE_BYTES } from './lines.ts';
import { logSpan } from './log-span.ts';
import { type ByteRange, readBytes } from './read-bytes.ts';
import { openSegments } from './segments.ts';
import { readMarks } from './time-marks.ts';

const FIRST_STOP_BYTES = 64 * 1024;
const NEWLINE = 10;

/** Absolute offset at which the last `count` lines of a range begin, or the range's start where it has fewer. */
export async function offsetOfLast(count: number, { file, from, until }: ByteRange): Promise<number> {
  if (count <= 0) return until;
  let missing = count;
  let end = until;
  for (const stop of await stopsBefore(until, file)) {
    if (stop >= until) continue;
    const start = Math.max(from, stop);
    // A newline at the very end begins no line.
    const range = { file, from: start, until: end === until ? until - 1 : end };
    const found = await countNewlines(range);
    if (found >= missing) return await offsetBehind(found - missing + 1, range);
    missing -= found;
    if (start === from) break;
    end = start;
  }
  return from;
}

/** The offsets to look back to, in turn: ever further into the log, then rotated file by rotated file. */
async function stopsBefore(until: number, file: string): Promise<number[]> {
  await using segments = await openSegments(file);
  const stops: number[] = [];
  for (let back = FIRST_STOP_BYTES; until - back > segments.end; back *= 4) stops.push(until - back);
  return [...stops, segments.end, ...segments.list.map(({ start }) => start).reverse()];
}

async function countNewlines(range: ByteRange): Promise<number> {
  let count = 0;
  for await (const { bytes } of readBytes(range))
    for (let at = bytes.indexOf(NEWLINE); at >= 0; at = bytes.indexOf(NEWLINE, at + 1)) count++;
  return count;
}

/** Behind the newline of that number, from 1. Counted a second time: of a million lines the offsets would be megabytes. */
async function offsetBehind(number: number, range: ByteRange): Promise<number> {
  let left = number;
  for await (const { offset, bytes } of readBytes(range))
    for (let at = bytes.indexOf(NEWLINE); at >= 0; at = bytes.indexOf(NEWLINE, at + 1))
      if (--left === 0) return offset + at + 1;
  return range.until;
}

/**
 * Absolute offset from which on the bytes were written at `sinceEpochMs` or later. By the schedule's looks, so up to 5 s
 * of earlier lines may come with them, never fewer; without looks that old, by the times at which whole files were
 * closed. It need not be the start of a line.
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

/** Absolute offset up to which all was written by then: by the looks, so up to a look's time of later lines come with it. */
export async function offsetUntil(untilEpochMs: number, file: string): Promise<number> {
  const { end } = logSpan(file);
  const mark = readMarks(file).find(({ atMs }) => atMs >= untilEpochMs);
  return Math.min(mark?.end ?? end, end);
}

/** The first line's start at an absolute offset or behind it; the offset itself where none is near. */
export async function lineStartFrom(offset: number, file: string): Promise<number> {
  if (offset <= 0) return 0;
  // The byte before tells whether a line begins here.
  const range = { file, from: offset - 1, until: Math.min(logSpan(file).end, offset + PIECE_BYTES) };
  for await (const chunk of readBytes(range)) {
    const at = chunk.bytes.indexOf(NEWLINE);
    if (at >= 0) return chunk.offset + at + 1;
  }
  return offset;
}

/** Absolute offset of the oldest byte that is kept. */
export async function oldestOffset(file: string): Promise<number> {
  await using segments = await openSegments(file);
  return segments.list[0]?.start ?? segments.end;
}
