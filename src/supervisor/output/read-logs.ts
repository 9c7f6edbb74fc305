import { sleep } from '../../kernel/index.ts';
import { compileGrep, type Matcher } from './grep.ts';
import { lastOf } from './last-of.ts';
import type { Line } from './lines.ts';
import { LogCursor } from './log-cursor.ts';
import { logSpan } from './log-span.ts';
import { mergeByTime, type Run } from './merge.ts';
import { offsetOfLast, offsetSince, oldestOffset } from './start-offset.ts';
import { readMarks, type TimeMark } from './time-marks.ts';

/** One stream of one instance or worker. */
export interface LogSource {
  file: string;
  instance: string;
  stream: 'stdout' | 'stderr';
  /** The `end` of the last line that was had: reading goes on there. */
  after?: number;
}

export interface LogLine {
  instance: string;
  stream: 'stdout' | 'stderr';
  text: string;
  /** Absolute offset just behind the line in its log: `after` of a reading that goes on. */
  end: number;
}

export interface ReadOptions {
  sources: LogSource[];
  /** The last so many that match. Otherwise all. */
  lines?: number;
  /** Milliseconds since the epoch. */
  sinceEpochMs?: number;
  /** A regular expression. */
  grep?: string;
  /** Goes on with what is written from now on. */
  follow?: boolean;
  /** Ends the reading. */
  signal?: AbortSignal;
}

/** Looks at the logs as often as that while somebody follows them; an event for every write would slow the writer down. */
const FOLLOW_MS = 150;

/**
 * Lines of logs, over rotated files, a line that a rotation cut made whole. Several logs are put in order by the times
 * at which the schedule looked at them, so to some seconds, and within those by source. A follower so slow that what it
 * has not read is rotated away goes on with what is kept.
 * @throws usage for an expression that cannot be used; failed for a rotated file that cannot be read.
 */
export async function* readLogs(options: ReadOptions): AsyncGenerator<LogLine> {
  const matcher = options.grep === undefined ? null : compileGrep(options.grep);
  const logs = await Promise.all(
    options.sources.map((source) => openLogToRead(source, { ...options, matcher })),
  );
  const written = mergeByTime(logs);
  const present = options.lines === undefined ? written : await lastOf(options.lines, written);
  for await (const { log, lines } of present) for (const line of lines) yield labelled(log, line);
  if (!options.follow) return;
  for await (const { log, lines } of newRuns(logs, options.signal))
    for (const line of lines) yield labelled(log, line);
}

interface LogToRead {
  source: LogSource;
  cursor: LogCursor;
  batches: AsyncGenerator<Line[]>;
  marks: TimeMark[];
}

type StartOptions = ReadOptions & { matcher: Matcher | null };

async function openLogToRead(source: LogSource, options: StartOptions): Promise<LogToRead> {
  const { file } = source;
  const { end } = logSpan(file);
  const isWithinLine = source.after === undefined && options.sinceEpochMs !== undefined;
  const from = await startOf(source, { ...options, end });
  const cursor = new LogCursor({ file, from, isWithinLine, matcher: options.matcher });
  return {
    source,
    cursor,
    batches: linesUpTo(end, { ...options, cursor }),
    marks: readMarks(file),
  };
}

async function startOf({ file, after }: LogSource, options: StartOptions & { end: number }): Promise<number> {
  const { lines, sinceEpochMs, matcher, end } = options;
  if (after !== undefined && after <= end) return after;
  const from = sinceEpochMs === undefined ? await oldestOffset(file) : await offsetSince(sinceEpochMs, file);
  // With an expression, how far back the last lines that match are is not known.
  return lines === undefined || matcher ? from : await offsetOfLast(lines, { file, from, until: end });
}

async function* linesUpTo(end: number, { cursor, follow, signal }: ReadOptions & { cursor: LogCursor }) {
  for await (const lines of cursor.linesUntil(end)) {
    if (signal?.aborted) return;
    yield lines;
  }
  if (!follow) yield cursor.rest();
}

async function* newRuns(logs: LogToRead[], signal: AbortSignal | undefined): AsyncGenerator<Run<LogToRead>> {
  while (!signal?.aborted) {
    for (const log of logs)
      for await (const lines of log.cursor.newLines()) {
        if (signal?.aborted) return;
        yield { log, lines };
      }
    await sleep(FOLLOW_MS, signal ? { signal } : {}).catch(() => {});
  }
}

const labelled = ({ source: { instance, stream } }: LogToRead, { text, end }: Line): LogLine => ({
  instance,
  stream,
  text,
  end,
});
