import { computed, type ReadonlySignal } from '@preact/signals';
import type { TimelineEntry } from '../../../api/pages/index.ts';
import type { Client, Feed, Problem } from '../../client/index.ts';
import { createResource } from '../resource.ts';
import { type Lane, lanesOf, type Range, runningAt } from './lanes.ts';

export interface TimelineModel {
  /** Null until they are known. Oldest first. */
  entries: ReadonlySignal<readonly TimelineEntry[] | null>;
  lanes: ReadonlySignal<readonly Lane[]>;
  /** What they are of. */
  range: Range;
  problem: ReadonlySignal<Problem | null>;
  /** Whether there were more than are shown; those are the newest. */
  isCut: ReadonlySignal<boolean>;
  runningAt(at: number): ReturnType<typeof runningAt>;
  refresh(): Promise<void>;
  start(): () => void;
}

const MOST = 2000;

/** `isLive`: the range reaches the present, so what happens now belongs to it. */
export function createTimeline(options: {
  client: Pick<Client, 'timeline'>;
  feed: Feed;
  app: string | null;
  range: Range;
  isLive: boolean;
}): TimelineModel {
  const { client, feed, app, range, isLive } = options;
  const resource = createResource({
    load: (signal) =>
      client.timeline(
        {
          ...(app !== null && { app }),
          ...{ from: Math.floor(range.from), limit: MOST, leading: true },
          ...(!isLive && { to: Math.ceil(range.to) }),
        },
        { signal },
      ),
    ...(isLive && { feed }),
    concerns: (happening) => app === null || happening.app === null || happening.app === app,
  });
  const lanes = computed(() => lanesOf(resource.value.value ?? [], range));
  return {
    entries: resource.value,
    ...{ lanes, range },
    problem: resource.problem,
    isCut: computed(() => (resource.value.value?.length ?? 0) >= MOST),
    runningAt: (at) => runningAt(lanes.value, at),
    refresh: resource.refresh,
    start: resource.start,
  };
}
