import type { TimelineEntry } from '../../../api/pages/index.ts';

/** A stretch of time in milliseconds. */
export interface Range {
  from: number;
  to: number;
}

/** A run of an instance, or a deployment, as far as it lies within the range. */
export interface Stretch extends Range {
  release: string | null;
  text: string;
  /** Whether it goes on beyond the range, or still. */
  isOpen: boolean;
  isBad: boolean;
  deployment: number | null;
}

export interface Mark {
  at: number;
  entry: TimelineEntry;
}

export interface Lane {
  /** `web/1`, `web` for deployments and what people did, `host`. */
  name: string;
  kind: 'instance' | 'app' | 'host';
  stretches: readonly Stretch[];
  marks: readonly Mark[];
}

const HOST = 'host';

/** What ran when, one lane an instance below the lane of its app; the host first. Entries are in order of time. */
export function lanesOf(entries: readonly TimelineEntry[], range: Range): Lane[] {
  const lanes = new Map<string, { kind: Lane['kind']; entries: TimelineEntry[] }>();
  for (const entry of entries) {
    const kind = entry.instance !== null ? 'instance' : entry.app !== null ? 'app' : 'host';
    const name = entry.instance ?? entry.app ?? HOST;
    const lane = lanes.get(name) ?? { kind, entries: [] };
    lane.entries.push(entry);
    lanes.set(name, lane);
    if (entry.app !== null && !lanes.has(entry.app)) lanes.set(entry.app, { kind: 'app', entries: [] });
  }
  const order = [...lanes].toSorted(([a], [b]) => compare(a, b));
  return order.map(([name, { kind, entries: own }]) => ({
    name,
    kind,
    stretches: kind === 'instance' ? runsOf(own, range) : kind === 'app' ? deploymentsOf(own, range) : [],
    marks: own
      .filter(isMark)
      .map((entry) => ({ at: Date.parse(entry.at), entry }))
      .filter(({ at }) => isWithin(at, range)),
  }));
}

/** What each instance ran at that moment; null: nothing. */
export function runningAt(
  lanes: readonly Lane[],
  at: number,
): { name: string; release: string | null; since: number | null }[] {
  return lanes
    .filter(({ kind }) => kind === 'instance')
    .map(({ name, stretches }) => {
      const found =
        stretches.find(({ from, to }) => from <= at && at < to) ??
        stretches.find(({ to, isOpen }) => isOpen && to === at);
      return { name, release: found ? (found.release ?? 'a release') : null, since: found?.from ?? null };
    });
}

function runsOf(entries: readonly TimelineEntry[], range: Range): Stretch[] {
  const stretches: Stretch[] = [];
  let began: TimelineEntry | null = null;
  const end = (at: number, given: { isOpen: boolean; isBad: boolean }) => {
    if (began === null) return;
    const from = Date.parse(began.at);
    const { release, text, deployment } = began;
    if (at > range.from && from < range.to)
      stretches.push({
        ...{ from: Math.max(from, range.from), to: Math.min(at, range.to), release, text, deployment },
        ...given,
      });
    began = null;
  };
  for (const entry of entries) {
    if (entry.kind !== 'run' && entry.kind !== 'exit') continue;
    end(Date.parse(entry.at), { isOpen: false, isBad: entry.kind === 'exit' && entry.is_bad });
    if (entry.kind === 'run') began = entry;
  }
  end(range.to, { isOpen: true, isBad: false });
  return stretches;
}

/** A deployment from its first word to its last. */
function deploymentsOf(entries: readonly TimelineEntry[], range: Range): Stretch[] {
  const byId = Map.groupBy(
    entries.filter(({ kind, deployment }) => kind === 'deployment' && deployment !== null),
    ({ deployment }) => deployment as number,
  );
  return [...byId].flatMap(([deployment, own]) => {
    const [first, last] = [own[0] as TimelineEntry, own.at(-1) as TimelineEntry];
    const isOpen = / begins/.test(last.text);
    const from = Math.max(Date.parse(first.at), range.from);
    const to = Math.min(isOpen ? range.to : Date.parse(last.at), range.to);
    if (to < range.from || from > range.to) return [];
    return [{ from, to, release: last.release, text: last.text, isOpen, isBad: last.is_bad, deployment }];
  });
}

/** What is shown as a point: not what a stretch begins or ends with, unless it went wrong, nor what is said of readiness. */
function isMark({ kind, instance, text, is_bad: isBad }: TimelineEntry): boolean {
  if (kind === 'run' || kind === 'deployment') return false;
  if (kind === 'exit') return isBad;
  if (kind !== 'state') return true;
  return instance === null
    ? !/ is offered /.test(text)
    : isBad || !/ is (ready|starting|stopping|stopped)\b/.test(text);
}

function isWithin(at: number, { from, to }: Range): boolean {
  return at >= from && at <= to;
}

/** The host, then each app with its instances in order of their numbers. */
function compare(a: string, b: string): number {
  if (a === HOST || b === HOST) return a === b ? 0 : a === HOST ? -1 : 1;
  const [appOfA = '', unitOfA = ''] = a.split('/');
  const [appOfB = '', unitOfB = ''] = b.split('/');
  return inOrder(appOfA, appOfB) || inOrder(unitOfA, unitOfB);
}

function inOrder(a: string, b: string): number {
  return a.localeCompare(b, 'en', { numeric: true });
}
