import type { AccessQuery, IdentifiedAccess } from '../../api/index.ts';
import { type AccessLine, parseAccessHead, parseAccessLine } from '../../proxy/index.ts';
import { compileGrep, lineStartFrom, logSpan, readLogs } from '../../supervisor/index.ts';

/** Where the last lines of an app are looked for before all that is kept is read. */
const LOOKS_BACK_BYTES = [1024 ** 2, 32 * 1024 ** 2];

interface Asked {
  /** The access log. */
  file: string;
  /** Id of the app. */
  app: string;
  instance: string | null;
  query: AccessQuery;
  signal: AbortSignal;
}

/**
 * The requests of an app, as the proxy has logged them. Who was cut off goes on behind the last one that he had.
 * @throws SlipwayError `usage` for an expression that cannot be used
 */
export async function* readAccess(asked: Asked): AsyncGenerator<IdentifiedAccess> {
  const { file, app, query, signal } = asked;
  const isWanted = wanted(asked);
  const only = (text: string) => wantedLine(text, app, isWanted) !== null;
  const source = { file, instance: app, stream: 'stdout' } as const;
  const gaps: IdentifiedAccess[] = [];
  const { lines, since, follow, complete } = query;
  const after = /^\d{1,15}$/.test(query.after ?? '') ? Number(query.after) : null;
  const from =
    after === null && lines !== null && since === null
      ? await startOfLast(lines, { source, only, signal })
      : null;
  for await (const { text, end } of readLogs({
    sources: [{ ...source, ...(after === null ? {} : { after }), ...(from === null ? {} : { from }) }],
    ...{ only, follow, signal },
    ...(lines === null ? {} : { lines }),
    ...(since === null ? {} : { sinceEpochMs: since }),
    ...(complete ? {} : { onGap: (_, gap) => gaps.push({ gap: gap.lines, resume: String(gap.end) }) }),
  })) {
    yield* gaps.splice(0);
    const line = wantedLine(text, app, isWanted);
    if (line !== null) yield { ...presentAccess(line), resume: String(end) };
  }
}

function wantedLine(text: string, app: string, isWanted: (line: AccessLine) => boolean): AccessLine | null {
  // Those of other apps cost little.
  if (parseAccessHead(text)?.app !== app) return null;
  const line = parseAccessLine(text);
  return line !== null && isWanted(line) ? line : null;
}

function wanted({ instance, query }: Asked): (line: AccessLine) => boolean {
  const { since, status, slower_ms, grep } = query;
  const matches = grep === null ? null : compileGrep(grep, query);
  return (line) =>
    (instance === null || line.instance === instance) &&
    (since === null || line.at + line.ms >= since) &&
    (status === null || status.split(',').some((each) => isStatus(each, line.status))) &&
    (slower_ms === null || (line.answerMs ?? line.ms) >= slower_ms) &&
    (matches === null || matches(textOf(line)));
}

/** `5xx`, `404`. */
function isStatus(asked: string, status: number | null): boolean {
  return (
    status !== null &&
    (asked.endsWith('xx') ? asked.startsWith(`${status}`.slice(0, 1)) : asked === `${status}`)
  );
}

/** What an expression is tried on: as a person sees it, without times. */
function textOf({ status, method, host, path, slot, client, end }: AccessLine): string {
  return `${status ?? '-'} ${method} ${host}${path} ${slot ?? '-'} ${client} ${end}`;
}

function presentAccess(line: AccessLine) {
  const { app, instance, slot, at, ms, answerMs, responseMs, status, ...others } = line;
  return {
    ...{ at: new Date(at).toISOString(), app, instance: instance && `${app}/${instance}`, slot, status },
    ...{ ms, answer_ms: answerMs, response_ms: responseMs },
    ...others,
  };
}

/** Where enough of the last lines begin; null: all that is kept has to be looked at. */
async function startOfLast(
  count: number,
  options: Pick<Parameters<typeof readLogs>[0], 'only' | 'signal'> & {
    source: Parameters<typeof readLogs>[0]['sources'][number];
  },
): Promise<number | null> {
  const { source, ...reading } = options;
  const { end } = logSpan(source.file);
  for (const back of LOOKS_BACK_BYTES) {
    if (back >= end) return null;
    const from = await lineStartFrom(end - back, source.file);
    let found = 0;
    for await (const _ of readLogs({ ...reading, sources: [{ ...source, from, until: end }] })) found++;
    if (found >= count) return from;
  }
  return null;
}
