import type { IdentifiedLine, LogQuery } from '../api/index.ts';
import type { App } from '../app/index.ts';
import { SlipwayError } from '../kernel/index.ts';
import { type LogLine, logFiles, type Middle, readAround, readLogs } from '../supervisor/index.ts';
import { formerUnits } from './former-logs.ts';
import { cursorOf, endedBy, LogPosition } from './log-position.ts';

export type LogSource = Parameters<typeof readLogs>[0]['sources'][number];

const AROUND_LINES = 100;
const PAGE_LINES = 100;

/** Where the logs of an app lie: of one instance, or of all. */
export function sourcesOf(app: App, unit: string | null, stderrOnly: boolean): LogSource[] {
  const { id, logsDirectory } = app.context;
  return unitsOf(app, unit).flatMap((each) => {
    const { stdout, stderr } = logFiles(logsDirectory, id, each);
    const label = `${id}/${each}`;
    const error: LogSource = { file: stderr, instance: label, stream: 'stderr' };
    return stderrOnly ? [error] : [{ file: stdout, instance: label, stream: 'stdout' }, error];
  });
}

function unitsOf(app: App, unit: string | null): string[] {
  if (unit === null)
    return [...(app.instances.isOfNone(null) ? formerUnits(app) : []), ...app.logUnits(null)];
  const isKnown = app.instances.rows().some((row) => row.unit === unit);
  return !isKnown && formerUnits(app).includes(unit) ? [unit] : app.logUnits(unit);
}

/**
 * Reads logs for a query. A reader who was cut off goes on from what he has, and loses and doubles nothing.
 * @throws SlipwayError `usage`
 */
export async function* readQuery(
  sources: readonly LogSource[],
  options: { query: LogQuery; signal: AbortSignal },
): AsyncGenerator<IdentifiedLine> {
  const { query, signal } = options;
  const { before } = query;
  if (before !== null) refuseBeside(query);
  const read = before === null ? sources : endedBy(before, sources);
  const position = new LogPosition(read, query.after);
  const middle = middleOf(sources, query);
  const count = query.lines ?? (before === null ? null : PAGE_LINES);
  const gaps: IdentifiedLine[] = [];
  let older: string | null = null;
  const onGap: NonNullable<Parameters<typeof readLogs>[0]['onGap']> = ({ source }, { lines: gap, end }) => {
    const { instance, stream } = source;
    gaps.push({ gap, instance, stream, resume: position.after({ instance, stream, end }) });
  };
  const filter = query.grep === null ? {} : { grep: query.grep, invert: query.invert };
  const lines =
    middle === null
      ? readLogs({
          ...{ sources: position.sources(), follow: query.follow, signal, ...filter },
          ...(count === null ? {} : { lines: count }),
          ...(query.since === null ? {} : { sinceEpochMs: query.since }),
          ...(query.until === null ? {} : { untilEpochMs: query.until }),
          onBegin(begins, hasOlder) {
            position.begin(begins);
            if (hasOlder) older = cursorOf(begins);
          },
          ...(query.complete ? {} : { onGap }),
        })
      : readAround({
          ...{ sources: [...sources], signal, middle, ...filter },
          lines: query.lines ?? AROUND_LINES,
        });
  for await (const line of lines) {
    yield* gaps.splice(0);
    const { instance, stream, text, part, at, isExact } = line;
    yield {
      ...{ instance, stream, line: text, at, id: idOf(line) },
      ...(isExact ? {} : { exact: false as const }),
      ...(part === null ? {} : { part }),
      ...(middle === null ? { resume: position.after(line) } : {}),
      ...(older === null ? {} : { before: older }),
    };
    older = null;
  }
}

/** What is before a place is a page: it has an end, and another one than these say. */
function refuseBeside({ follow, around, line }: LogQuery): void {
  const others = { follow, around: around !== null, line: line !== null };
  const [other] = Object.entries(others).find(([, isAsked]) => isAsked) ?? [];
  if (other === undefined) return;
  throw new SlipwayError('usage', {
    message: `lines before a place were asked for, and "${other}"`,
    hint: 'these do not go together',
  });
}

/** `1/stdout/4096`: where in its log a line begins, whatever is rotated. */
function idOf({ instance, stream, start }: LogLine): string {
  return `${unitOf(instance)}/${stream}/${start}`;
}

function middleOf(sources: readonly LogSource[], { around, line }: LogQuery): Middle | null {
  if (line === null) return around === null ? null : { atMs: around };
  const [unit, stream, offset] = line.split('/');
  const source = sources.find((each) => unitOf(each.instance) === unit && each.stream === stream);
  if (source) return { instance: source.instance, stream: source.stream, offset: Number(offset) };
  throw new SlipwayError('usage', {
    message: `there is no line ${line} in these logs`,
    hint: 'its instance may be configured no longer',
  });
}

function unitOf(instance: string): string {
  return instance.slice(instance.lastIndexOf('/') + 1);
}
