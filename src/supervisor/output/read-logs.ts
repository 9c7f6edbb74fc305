import fs from 'node:fs';
import { followLogs } from './follow.ts';
import { compileGrep, type Matcher } from './grep.ts';
import { type LastLinesStart, skipLines, startsOfLast } from './last-of.ts';
import { LineTimes } from './line-times.ts';
import { type Line, PIECE_BYTES } from './lines.ts';
import { LogCursor } from './log-cursor.ts';
import { logSpan } from './log-span.ts';
import { mergeByTime } from './merge.ts';
import { lineStartFrom, offsetOfLast, offsetSince, offsetUntil, oldestOffset } from './start-offset.ts';
import { readMarks, type TimeMark } from './time-marks.ts';

/** One stream of one instance or worker. */
export interface LogSource {
  file: string;
  instance: string;
  stream: 'stdout' | 'stderr';
  /** The `end` of the last line that was had: reading goes on there. */
  after?: number;
  /** Absolute offsets of lines' starts: only what lies between them. */
  from?: number;
  until?: number;
}

export interface LogLine {
  instance: string;
  stream: 'stdout' | 'stderr';
  text: string;
  /** Absolute offset of its first byte. */
  start: number;
  /** Absolute offset just behind the line in its log: `after` of a reading that goes on. */
  end: number;
  part: Line['part'];
  /** When it was written, ISO 8601. */
  at: string;
  /** False: it was written then at the latest. */
  isExact: boolean;
}

export interface ReadOptions {
  sources: LogSource[];
  /** The last so many that match. Otherwise all. */
  lines?: number;
  /** Milliseconds since the epoch. */
  sinceEpochMs?: number;
  /** Milliseconds since the epoch: what was written by then, and perhaps a little more. */
  untilEpochMs?: number;
  /** A regular expression. */
  grep?: string;
  /** The lines that it does not match. */
  invert?: boolean;
  /** Says of each line whether it is wanted, in the place of an expression. */
  only?: Matcher;
  /** Goes on with what is written from now on. */
  follow?: boolean;
  /** Ends the reading. */
  signal?: AbortSignal;
  /** A follower who is too slow goes on near the end; this is told before the next line what was left out, and up to where. */
  onGap?: (log: { source: LogSource }, gap: { lines: number; end: number }) => void;
  /** How slow is too slow, milliseconds. Default: 5 s. */
  maxLagMs?: number;
  /**
   * Is told, before the first line, the absolute offset at which each source begins to be read: a line's start, where only the
   * last lines are asked for. `hasOlder`: there are lines before those.
   */
  onBegin?: (begins: readonly { source: LogSource; from: number }[], hasOlder: boolean) => void;
}

/**
 * Lines of logs, over rotated files, a line that a rotation cut made whole. Several logs are put in order by the times
 * at which the schedule looked at them, so to some seconds, and within those by source. A follower so slow that what it
 * has not read is rotated away goes on with what is kept.
 * @throws usage for an expression that cannot be used; log_failed for a rotated file that cannot be read.
 */
export async function* readLogs(options: ReadOptions): AsyncGenerator<LogLine> {
  const matcher = options.only ?? (options.grep === undefined ? null : compileGrep(options.grep, options));
  const { logs, hasOlder } = await openLogs({ ...options, matcher });
  options.onBegin?.(logs, hasOlder);
  for await (const { log, lines } of mergeByTime(logs)) for (const line of lines) yield labelled(log, line);
  if (!options.follow) return;
  const { signal, onGap, maxLagMs } = options;
  for await (const { log, lines } of followLogs(logs, { signal, onGap, maxLagMs }))
    for (const line of lines) yield labelled(log, line);
}

/** Held for one reader, however many logs there are: of each a chunk, and the beginning of a line. */
const READER_BYTES = 8 * 1024 * 1024;
const CHUNK_MAX_BYTES = 64 * 1024;
const CHUNK_MIN_BYTES = 16 * 1024;

interface LogToRead {
  source: LogSource;
  file: string;
  from: number;
  times: LineTimes;
  cursor: LogCursor;
  batches: AsyncGenerator<Line[]>;
  marks: TimeMark[];
}

/** Where a log is to be read from. */
interface Start extends LastLinesStart {
  source: LogSource;
  end: number;
  isWithinLine: boolean;
}

type StartOptions = ReadOptions & { matcher: Matcher | null };

async function openLogs(options: StartOptions): Promise<{ logs: LogToRead[]; hasOlder: boolean }> {
  const starts = await Promise.all(options.sources.map((source) => startOf(source, options)));
  const { lines: count } = options;
  const isExact = count === undefined || (starts.length === 1 && options.matcher === null);
  if (isExact) {
    const hasOlder = count !== undefined && (await isAnyCut(starts, options));
    return { logs: starts.map((start) => openLog(start, options)), hasOlder };
  }
  // Which lines are the last of more logs than one, or of those that match, only reading tells.
  const logs = starts.map((start) => openLog(start, { ...options, follow: false }));
  const { starts: found, isAll } = await startsOfLast(count, mergeByTime(logs));
  const opened = logs.map(async (log, index) => {
    const start = { ...(starts[index] as Start), isWithinLine: false };
    const last = found.get(log) ?? { from: start.end, skip: 0 };
    const from = last.skip === 0 ? last.from : await startBehind({ ...start, ...last }, options);
    return openLog({ ...start, from }, options);
  });
  return { logs: await Promise.all(opened), hasOlder: !isAll || (await isAnyCut(starts, options)) };
}

/** The start of the first line behind those that are skipped. */
async function startBehind(start: Start & LastLinesStart, options: StartOptions): Promise<number> {
  const { batches } = openLog(start, { ...options, follow: false });
  for await (const [first] of batches) if (first) return first.start;
  return start.end;
}

async function isAnyCut(starts: readonly Start[], options: StartOptions): Promise<boolean> {
  return (await Promise.all(starts.map((start) => isCut(start, options)))).includes(true);
}

/** Whether there are lines before the last ones that a log is read from. */
async function isCut({ source, from }: Start, { sinceEpochMs }: StartOptions): Promise<boolean> {
  const { file, after, from: given } = source;
  if (after !== undefined || given !== undefined) return false;
  return (
    from > (sinceEpochMs === undefined ? await oldestOffset(file) : await offsetSince(sinceEpochMs, file))
  );
}

function openLog(start: Start, options: StartOptions): LogToRead {
  const { source, from, skip, end, isWithinLine } = start;
  const { sources, matcher } = options;
  const share = Math.max(CHUNK_MIN_BYTES, READER_BYTES / sources.length);
  const cursor = new LogCursor({
    ...{ file: source.file, from, isWithinLine, matcher },
    chunkBytes: Math.min(CHUNK_MAX_BYTES, share),
    pieceBytes: Math.min(PIECE_BYTES, share),
  });
  const lines = linesUpTo(end, { ...options, cursor });
  const marks = readMarks(source.file);
  return {
    ...{ source, file: source.file, from, cursor, marks },
    times: new LineTimes(marks, lastWrite(source.file)),
    batches: skip === 0 ? lines : skipLines(lines, skip),
  };
}

async function startOf(source: LogSource, options: StartOptions): Promise<Start> {
  const { after, file } = source;
  const { untilEpochMs, sinceEpochMs } = options;
  const end =
    source.until ??
    (untilEpochMs === undefined
      ? logSpan(file).end
      : await lineStartFrom(await offsetUntil(untilEpochMs, file), file));
  const isWithinLine = (after ?? source.from) === undefined && sinceEpochMs !== undefined;
  const from = await offsetOfStart(source, { ...options, end });
  return { source, from: Math.min(from, end), skip: 0, end, isWithinLine };
}

async function offsetOfStart(
  { file, after, from: given }: LogSource,
  options: StartOptions & { end: number },
): Promise<number> {
  const { lines, sinceEpochMs, matcher, end } = options;
  if (given !== undefined) return given;
  if (after !== undefined && after <= end) return after;
  const from = sinceEpochMs === undefined ? await oldestOffset(file) : await offsetSince(sinceEpochMs, file);
  // How far back the last lines that match are is not known.
  return lines === undefined || matcher ? from : await offsetOfLast(lines, { file, from, until: end });
}

async function* linesUpTo(end: number, { cursor, follow, signal }: ReadOptions & { cursor: LogCursor }) {
  for await (const lines of cursor.linesUntil(end)) {
    if (signal?.aborted) return;
    yield lines;
  }
  if (!follow) yield cursor.rest();
}

function labelled(log: LogToRead, { text, start, end, part }: Line): LogLine {
  const { instance, stream } = log.source;
  const { at, isExact } = log.times.of(end);
  return { instance, stream, text, start, end, part, at, isExact };
}

/** The end of the log, and when it was written to last. */
export function lastWrite(file: string): { atMs: number; end: number } {
  const stat = fs.statSync(file, { throwIfNoEntry: false });
  return { atMs: stat?.mtimeMs ?? 0, end: logSpan(file).end };
}
