import { type AccessHead, isOfApp } from './access-line.ts';
import { include, nothingPassed, type Passed, SLICE_MS, Slices } from './slices.ts';

const MINUTE_SLICES = 6;
const ALL_SLICES = 30;
/** A release that an instance runs, and one that it ran until a moment ago; of more the oldest is not told apart. */
const MOST_RELEASES = 8;

/** What came through in a time that ends where the log was read up to. */
export interface Figures {
  windowMs: number;
  requests: number;
  perSecond: number;
  /** 5xx of all; null where there were none. */
  errorsPercent: number | null;
  /** Until an answer began; null where there were none. */
  percentiles: { p50: number; p95: number; p99: number } | null;
}

export interface AppFigures {
  /** Of the last minute. */
  all: Figures;
  instance(instance: string): Figures;
  /** Each in the time, of the last five minutes, in which something was answered by it; what began to serve last comes first. */
  releases: (Figures & { version: string })[];
}

interface Cell {
  instance: string | null;
  version: string | null;
  slices: Slices;
}

/**
 * What came through to the apps, reckoned from the lines of the access log: by slot and release, for while a release is rolled out two
 * of them serve. What it holds does not grow with what comes.
 */
export class Traffic {
  private readonly apps = new Map<string, Map<string, Cell>>();

  /** `version`: what ran in its slot then; null where nobody knows. `weight`: it stands for so many. */
  note(line: AccessHead, { version, weight = 1 }: { version: string | null; weight?: number }): void {
    if (!isOfApp(line)) return;
    const { app, slot, instance, at, ms, answerMs, status } = line;
    const cells = this.apps.get(app) ?? new Map<string, Cell>();
    this.apps.set(app, cells);
    const key = `${slot} ${version}`;
    let cell = cells.get(key);
    if (cell === undefined) {
      cell = { instance, version, slices: new Slices() };
      cells.set(key, cell);
      forgetOldest(cells, `${slot} `);
    }
    const isError = status !== null && status >= 500;
    cell.slices.add({ endedAt: at + ms, isError, latencyMs: answerMs }, weight);
  }

  /** `until`: when the log was read last; `since`: what was before is not known. Milliseconds since the epoch. */
  figures(app: string, { since, until }: { since: number; until: number }): AppFigures {
    const cells = [...(this.apps.get(app)?.values() ?? [])];
    const minute = (some: readonly Cell[]) => {
      const from = (Math.floor(until / SLICE_MS) - MINUTE_SLICES + 1) * SLICE_MS;
      return figuresOf(sum(some, MINUTE_SLICES, until), until - Math.max(from, since));
    };
    return {
      all: minute(cells),
      instance: (instance) => minute(cells.filter((cell) => cell.instance === instance)),
      releases: [...Map.groupBy(cells, ({ version }) => version)]
        // Of those that began in the same slice, too, the one that came last is first.
        .reverse()
        .flatMap(([version, some]) => (version === null ? [] : releaseOf(version, some, { since, until })))
        .sort((a, b) => b.from - a.from)
        .map(({ release }) => release),
    };
  }

  /** An app that is here no longer. */
  forget(app: string): void {
    this.apps.delete(app);
  }
}

function releaseOf(
  version: string,
  cells: readonly Cell[],
  { since, until }: { since: number; until: number },
): { from: number; release: Figures & { version: string } }[] {
  const numbers = cells.flatMap(({ slices }) => slices.last(ALL_SLICES, until).map(({ number }) => number));
  if (numbers.length === 0) return [];
  const from = Math.max(Math.min(...numbers) * SLICE_MS, since);
  const to = Math.min((Math.max(...numbers) + 1) * SLICE_MS, until);
  return [{ from, release: { version, ...figuresOf(sum(cells, ALL_SLICES, until), to - from) } }];
}

function sum(cells: readonly Cell[], slices: number, until: number): Passed {
  const all = nothingPassed();
  for (const cell of cells) for (const slice of cell.slices.last(slices, until)) include(all, slice);
  return all;
}

function figuresOf({ requests, errors, latencies }: Passed, windowMs: number): Figures {
  // Of less than a second no rate is told.
  const seconds = Math.max(1, windowMs / 1000);
  const [p50, p95, p99] = [50, 95, 99].map((percent) => latencies.percentile(percent));
  return {
    windowMs: Math.max(0, windowMs),
    requests: Math.round(requests),
    perSecond: requests / seconds,
    errorsPercent: requests === 0 ? null : (errors / requests) * 100,
    percentiles: p50 == null || p95 == null || p99 == null ? null : { p50, p95, p99 },
  };
}

function forgetOldest(cells: Map<string, Cell>, prefix: string): void {
  const keys = [...cells.keys()].filter((key) => key.startsWith(prefix));
  for (const key of keys.slice(0, -MOST_RELEASES)) cells.delete(key);
}
