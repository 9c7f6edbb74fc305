import { type LogLine, type LogSource, type ReadOptions, readLogs } from './read-logs.ts';
import { lineStartFrom, offsetSince } from './start-offset.ts';

/** A moment, milliseconds since the epoch, or a line by the absolute offset at which it begins in its log. */
export type Middle = { atMs: number } | { instance: string; stream: LogSource['stream']; offset: number };

/** The lines around a moment of all sources, or around a line of its own log: half of them before it. */
export async function* readAround(
  options: Omit<ReadOptions, 'follow' | 'sinceEpochMs' | 'untilEpochMs'> & { middle: Middle; lines: number },
): AsyncGenerator<LogLine> {
  const { middle, lines, ...rest } = options;
  const sources = await Promise.all(
    options.sources
      .filter(
        ({ instance, stream }) =>
          'atMs' in middle || (instance === middle.instance && stream === middle.stream),
      )
      .map(async ({ file, instance, stream }) => ({
        ...{ file, instance, stream },
        offset: await lineStartFrom(
          'atMs' in middle ? await offsetSince(middle.atMs, file) : middle.offset,
          file,
        ),
      })),
  );
  const before = Math.ceil(lines / 2);
  yield* readLogs({
    ...rest,
    sources: sources.map(({ offset, ...source }) => ({ ...source, until: offset })),
    lines: before,
  });
  let left = lines - before;
  if (left === 0) return;
  for await (const line of readLogs({
    ...rest,
    sources: sources.map(({ offset, ...source }) => ({ ...source, from: offset })),
  })) {
    yield line;
    left -= 1;
    if (left === 0) return;
  }
}
