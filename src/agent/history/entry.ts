import type { TimelineEntry } from '../../api/index.ts';

/** Of one moment, what led to the others comes first. */
export const RANK = {
  action: 0,
  deployment: 1,
  configuration: 2,
  exit: 3,
  run: 4,
  state: 5,
  watch: 6,
} as const;

/** With its time in milliseconds since the epoch. */
export type Entry = Omit<TimelineEntry, 'at' | 'cursor'> & { at: number; rank: number };

type Given = Pick<Entry, 'at' | 'kind' | 'app' | 'text'> & Partial<Entry>;

export function entry(given: Given): Entry {
  return {
    ...{ instance: null, release: null, deployment: null, actor: null, is_bad: false },
    rank: RANK[given.kind],
    ...given,
  };
}
