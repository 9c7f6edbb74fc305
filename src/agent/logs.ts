import type { IdentifiedLine, LogQuery } from '../api/index.ts';
import type { App } from '../app/index.ts';
import { logFiles, readLogs } from '../supervisor/index.ts';

type LogSource = Parameters<typeof readLogs>[0]['sources'][number];

/** Where the logs of an app lie: of one instance, or of all. */
export function sourcesOf(app: App, unit: string | null, stderrOnly: boolean): LogSource[] {
  const { id, logsDirectory } = app.context;
  return app.logUnits(unit).flatMap((each) => {
    const { stdout, stderr } = logFiles(logsDirectory, id, each);
    const label = `${id}/${each}`;
    const error: LogSource = { file: stderr, instance: label, stream: 'stderr' };
    return stderrOnly ? [error] : [{ file: stdout, instance: label, stream: 'stdout' }, error];
  });
}

/**
 * Reads logs for a query. Each line's id says how far each source was read (`<index>:<offset>,...`), so that a reader
 * who was cut off loses and doubles nothing.
 */
export async function* readQuery(
  sources: readonly LogSource[],
  options: { query: LogQuery; signal: AbortSignal },
): AsyncGenerator<IdentifiedLine> {
  const { query, signal } = options;
  const reached = new Map<number, number>();
  for (const each of (query.after ?? '').split(',')) {
    const [index, offset] = each.split(':', 2);
    if (index && offset && Number(index) >= 0 && Number(offset) >= 0)
      reached.set(Number(index), Number(offset));
  }
  const indexes = new Map(sources.map(({ instance, stream }, index) => [`${instance} ${stream}`, index]));
  const lines = readLogs({
    sources: sources.map((source, index) => ({
      ...source,
      ...(reached.has(index) ? { after: reached.get(index) ?? 0 } : {}),
    })),
    follow: query.follow,
    signal,
    ...(query.lines === null ? {} : { lines: query.lines }),
    ...(query.since === null ? {} : { sinceEpochMs: query.since }),
    ...(query.grep === null ? {} : { grep: query.grep, invert: query.invert }),
  });
  for await (const { instance, stream, text, end, part } of lines) {
    reached.set(indexes.get(`${instance} ${stream}`) ?? 0, end);
    const id = [...reached].map(([index, offset]) => `${index}:${offset}`).join(',');
    yield { instance, stream, line: text, id, ...(part === null ? {} : { part }) };
  }
}
