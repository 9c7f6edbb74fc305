import { batch, type ReadonlySignal, type Signal, signal } from '@preact/signals';
import type { Happening, LogGap, LogItem } from '../../../api/pages/index.ts';
import type { BrowserClock } from '../../browser/index.ts';
import { asProblem, type Client, eventIdOf, type Feed, type Problem } from '../../client/index.ts';
import { LogRing } from './log-ring.ts';
import { type LogsQuery, linesOf } from './query.ts';
import { createLineReader, type ShownLine } from './shown-line.ts';

export interface LogColumn {
  /** Null: of all instances. */
  instance: string | null;
  ring: LogRing;
}

export interface LogsModel {
  columns: ReadonlySignal<readonly LogColumn[]>;
  /** Rises when rows were added. */
  version: ReadonlySignal<number>;
  /** `refused`: it is not tried again. */
  state: ReadonlySignal<'loading' | 'live' | 'complete' | 'lost' | 'refused'>;
  problem: ReadonlySignal<Problem | null>;
  /** False while the reader looks at old rows. */
  following: Signal<boolean>;
  /** Rows that have come since. */
  fresh: ReadonlySignal<number>;
  /** Whether older lines are being fetched. */
  reading: ReadonlySignal<boolean>;
  /** Puts the page of lines in front that were written ahead of the column's first row, as long as there is room. */
  earlier(column: LogColumn): Promise<void>;
  mark(marker: { at: number; text: string; instance: string | null; isBad: boolean }): void;
  clear(): void;
  /** All rows as text, in order, without colours. */
  text(): string;
  start(): () => void;
}

export interface LogsOptions {
  client: Pick<Client, 'logs' | 'agentLogs'>;
  feed?: Pick<Feed, 'on'>;
  clock: BrowserClock;
  /** Runs something with the next frame of the screen. */
  onFrame: (run: () => void) => void;
  query: LogsQuery;
  /** Instances that have a column each; empty: one for all. */
  sideBySide: readonly string[];
}

const LIMITS = { maxRows: 10_000, maxBytes: 16 * 1024 * 1024 };
const FIRST_LINES = 1000;
const EARLIER_LINES = 1000;
/** Rows that came between two frames; of more, the screen is not waited for. */
const MOST_PENDING = 5000;
/** Half of them before the moment or the line that is meant. */
const AROUND_LINES = 2000;
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 10_000;

export function createLogs(options: LogsOptions): LogsModel {
  const { client, feed, clock, onFrame, query, sideBySide } = options;
  const names: (string | null)[] = sideBySide.length === 0 ? [null] : [...sideBySide];
  const rings = new Map(names.map((name) => [name, new LogRing(LIMITS)]));
  const columns = signal(names.map((instance) => ({ instance, ring: rings.get(instance) as LogRing })));
  const version = signal(0);
  const state = signal<LogsModel['state']['value']>('loading');
  const problem = signal<Problem | null>(null);
  const isAround = query.at !== null || (query.line ?? null) !== null;
  const following = signal(!isAround);
  const fresh = signal(0);
  const reading = signal(false);
  let open = new AbortController();
  const reader = createLineReader();
  let pending: ShownLine[] = [];
  let isWaiting = false;
  /** Of the last look for older lines. */
  let failed: Problem | null = null;

  const flush = () => {
    isWaiting = false;
    if (pending.length === 0) return;
    const rows = pending;
    pending = [];
    const roomFor = following.value ? 1 : 2;
    for (const [name, ring] of rings)
      ring.add(
        name === null ? rows : rows.filter(({ instance }) => instance === name || instance === null),
        roomFor,
      );
    batch(() => {
      version.value += 1;
      fresh.value = following.value ? 0 : fresh.value + rows.length;
    });
  };
  const push = (row: ShownLine) => {
    pending.push(row);
    if (pending.length >= MOST_PENDING) return flush();
    if (isWaiting) return;
    isWaiting = true;
    onFrame(flush);
  };

  async function follow(signal: AbortSignal): Promise<void> {
    let waitMs = FIRST_WAIT_MS;
    let lastEventId: string | undefined;
    while (!signal.aborted) {
      try {
        for await (const line of await follower(signal, lastEventId)) {
          waitMs = FIRST_WAIT_MS;
          // What goes on behind a line has what is ahead of it above.
          if (lastEventId === undefined && 'before' in line && line.before !== undefined)
            for (const ring of rings.values()) ring.before = line.before;
          const resume = eventIdOf(line);
          lastEventId = resume ?? lastEventId;
          push('gap' in line ? gapRow(line, resume) : reader.read(line, resume));
          if (state.value !== 'live') state.value = 'live';
        }
        flush();
        state.value = 'complete';
        return;
      } catch (error) {
        if (signal.aborted) return;
        flush();
        // What is not followed begins anew.
        if (isAround) for (const ring of rings.values()) ring.clear();
        const found = asProblem(error);
        batch(() => {
          problem.value = found;
          state.value = isFinal(found) ? 'refused' : 'lost';
        });
        if (isFinal(found)) return;
      }
      await clock.sleep(waitMs, signal);
      waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS);
    }
  }

  function gapRow({ gap, instance }: LogGap, resume: string | undefined): ShownLine {
    const of = instance === null ? '' : ` of ${instance}`;
    return reader.gap(
      `${gap.toLocaleString('en')} lines${of} were left out: they came faster than they could be sent`,
      resume,
    );
  }

  async function follower(
    signal: AbortSignal,
    lastEventId: string | undefined,
  ): Promise<AsyncIterable<LogItem>> {
    const { at, line = null, sinceMs } = query;
    const asked = {
      ...(isAround
        ? { lines: AROUND_LINES }
        : sinceMs === null
          ? { lines: FIRST_LINES }
          : { since: sinceMs }),
      ...(line !== null ? { line } : at !== null && { around: at }),
      follow: !isAround,
    };
    const given = { signal, ...(lastEventId !== undefined && { lastEventId }) };
    const stream = await linesOf(client, { query, asked, given });
    problem.value = null;
    state.value = 'live';
    return stream;
  }

  async function earlier({ instance, ring }: LogColumn): Promise<void> {
    const { before } = ring;
    if (before === null || !ring.hasRoom || reading.value) return;
    following.value = false;
    reading.value = true;
    const { signal } = open;
    const { sinceMs } = query;
    const unit = instance === null ? query.instance : instance.slice(instance.indexOf('/') + 1);
    try {
      const stream = await linesOf(client, {
        query: { ...query, instance: unit },
        asked: { before, lines: EARLIER_LINES, follow: false, ...(sinceMs !== null && { since: sinceMs }) },
        given: { signal },
      });
      const lines = [];
      let older: string | null = null;
      for await (const line of stream) {
        if ('gap' in line) continue;
        older = line.before ?? older;
        lines.push({ line, resume: eventIdOf(line) });
      }
      // Where rows were given up meanwhile, others are ahead of the first one now.
      if (!signal.aborted && ring.before === before) ring.addInFront(reader.readInFront(lines), older);
      if (problem.value === failed) problem.value = null;
    } catch (error) {
      if (signal.aborted) return;
      failed = asProblem(error);
      problem.value = failed;
    } finally {
      batch(() => {
        reading.value = false;
        version.value += 1;
      });
    }
  }

  const mark: LogsModel['mark'] = (marker) => {
    flush();
    const row = reader.mark(marker);
    for (const [name, ring] of rings)
      if (name === null || marker.instance === null || name === marker.instance) ring.insert(row);
    version.value += 1;
  };

  return {
    ...{ columns, version, state, problem, following, fresh, reading, earlier, mark },
    clear() {
      for (const ring of rings.values()) ring.clear();
      version.value += 1;
    },
    text: () => textOf([...rings.values()]),
    start() {
      const mine = new AbortController();
      open = mine;
      const off = feed?.on((happening) => {
        const marker = !isAround && happening !== null && markerOf(happening, query);
        if (marker) push(reader.mark(marker));
      });
      void follow(mine.signal);
      return () => {
        mine.abort();
        off?.();
      };
    },
  };
}

/** What is refused now is refused again; but one may log in again, and too much at once is less later. */
function isFinal({ status }: Problem): boolean {
  return status >= 400 && status < 500 && ![401, 408, 429].includes(status);
}

/** Of what happens, what explains a log: exits, starts and deployments of this app. */
export function markerOf(
  { at, app, type, message, instance }: Happening,
  query: Pick<LogsQuery, 'app' | 'instance'>,
): Parameters<LogsModel['mark']>[0] | null {
  if (app === null || app !== query.app || !/^(deployment|instance|run|rollback|crash|ghost)/.test(type))
    return null;
  const about = instance ?? null;
  if (query.instance !== null && about !== null && about !== `${app}/${query.instance}`) return null;
  return {
    at: Date.parse(at),
    text: message,
    instance: about,
    isBad: /fail|crash|exit|signal|rolled/.test(`${type} ${message}`),
  };
}

function textOf(rings: LogRing[]): string {
  const rows = rings.flatMap((ring) => [...ring]).toSorted((a, b) => a.key - b.key);
  const named = rings.length > 1 || new Set(rows.map(({ instance }) => instance)).size > 1;
  return rows
    .filter(({ kind }) => kind === 'line')
    .map(
      ({ instance, text }) => `${named && instance !== null ? `${instance} ` : ''}${withoutColours(text)}\n`,
    )
    .join('');
}

const ESCAPES = /\x1b(?:\[[0-9;?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\-_])/g;

export function withoutColours(text: string): string {
  return text.replace(ESCAPES, '');
}
