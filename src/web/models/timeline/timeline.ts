import { computed, type ReadonlySignal, signal } from '@preact/signals';
import type { TimelineEntry } from '../../../api/pages/index.ts';
import { asProblem, type Client, type Feed, type Problem } from '../../client/index.ts';
import { createResource } from '../resource.ts';
import { type Lane, lanesOf, type Range, runningAt } from './lanes.ts';

export interface TimelineModel {
  /** Null until they are known. Oldest first. */
  entries: ReadonlySignal<readonly TimelineEntry[] | null>;
  lanes: ReadonlySignal<readonly Lane[]>;
  /** What they are of. */
  range: Range;
  problem: ReadonlySignal<Problem | null>;
  /** Whether there were more in this time than are shown; those are the newest. */
  isCut: ReadonlySignal<boolean>;
  /** Whether the earlier ones can be shown, too. */
  hasEarlier: ReadonlySignal<boolean>;
  /** Whether they are being fetched. */
  reading: ReadonlySignal<boolean>;
  earlier(): Promise<void>;
  runningAt(at: number): ReturnType<typeof runningAt>;
  refresh(): Promise<void>;
  start(): () => void;
}

const PAGE = 2000;
/** More are not kept, nor drawn. */
const MOST = 10_000;

/** `isLive`: the range reaches the present, so what happens now belongs to it. */
export function createTimeline(options: {
  client: Pick<Client, 'timeline'>;
  feed: Feed;
  app: string | null;
  range: Range;
  isLive: boolean;
}): TimelineModel {
  const { client, feed, app, range, isLive } = options;
  const from = Math.floor(range.from);
  const asked = {
    ...(app !== null && { app }),
    ...{ from, limit: PAGE },
    ...(!isLive && { to: Math.ceil(range.to) }),
  };
  const resource = createResource({
    async load(signal) {
      const found = await client.timeline({ ...asked, leading: true }, { signal });
      const page = found.filter(({ at }) => Date.parse(at) >= from);
      keep(page);
      return { page, leading: found.slice(0, found.length - page.length) };
    },
    ...(isLive && { feed }),
    concerns: (happening) => app === null || happening.app === null || happening.app === app,
  });
  /** What was fetched ahead of the newest page. */
  const older = signal<readonly TimelineEntry[]>([]);
  const reachesBegin = signal(false);
  const reading = signal(false);
  const failure = signal<Problem | null>(null);

  /** What is no longer on the newest page since more has happened is among the earlier ones, if these are looked at. */
  function keep([first]: readonly TimelineEntry[]): void {
    const former = resource.value.peek()?.page ?? [];
    if (first === undefined || (older.peek().length === 0 && !reading.peek())) return;
    const kept = [...older.peek(), ...former].filter((entry) => isAhead(entry, first));
    if (kept.length > MOST) reachesBegin.value = false;
    older.value = kept.slice(-MOST);
  }

  async function earlier(): Promise<void> {
    const first = older.value[0] ?? resource.value.value?.page[0];
    if (first === undefined || !hasEarlier.value || reading.value) return;
    reading.value = true;
    try {
      const page = await client.timeline({ ...asked, before: first.cursor });
      older.value = [...page, ...older.value];
      reachesBegin.value = page.length < PAGE;
      failure.value = null;
    } catch (error) {
      failure.value = asProblem(error);
    } finally {
      reading.value = false;
    }
  }

  const entries = computed(() => {
    const { value } = resource.value;
    return value === null ? null : [...value.leading, ...older.value, ...value.page];
  });
  const isCut = computed(() => (resource.value.value?.page.length ?? 0) >= PAGE && !reachesBegin.value);
  const hasEarlier = computed(() => isCut.value && older.value.length + PAGE < MOST);
  const lanes = computed(() => lanesOf(entries.value ?? [], range));
  return {
    ...{ entries, lanes, range, isCut, hasEarlier, reading, earlier },
    problem: computed(() => resource.problem.value ?? failure.value),
    runningAt: (at) => runningAt(lanes.value, at),
    refresh() {
      failure.value = null;
      return resource.refresh();
    },
    start: resource.start,
  };
}

/** Whether an entry stands before another one; of one moment the agent counts from the newest. */
function isAhead(entry: TimelineEntry, other: TimelineEntry): boolean {
  const [at = 0, had = 0] = entry.cursor.split('.').map(Number);
  const [otherAt = 0, otherHad = 0] = other.cursor.split('.').map(Number);
  return at < otherAt || (at === otherAt && had > otherHad);
}
