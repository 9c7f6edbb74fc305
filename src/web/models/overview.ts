import { computed, type ReadonlySignal, type Signal, signal } from '@preact/signals';
import type { App } from '../../api/pages/index.ts';
import { toneOf } from '../../wording/index.ts';
import type { StatusModel } from './status.ts';

/** The apps of the overview: the worst first, and of those the ones that fit what was typed. */
export interface OverviewModel {
  filter: Signal<string>;
  apps: ReadonlySignal<readonly App[]>;
  /** How many apps have which state, the worst first. */
  counts: ReadonlySignal<readonly { state: string; count: number }[]>;
}

const RANK = { bad: 0, moving: 1, good: 2, quiet: 3 };

export function createOverview(
  { status }: { status: Pick<StatusModel, 'status'> },
  filter: string,
): OverviewModel {
  const typed = signal(filter);
  const sorted = computed(() =>
    (status.status.value?.apps ?? []).toSorted(
      (a, b) => RANK[toneOf(a.state)] - RANK[toneOf(b.state)] || a.app.localeCompare(b.app),
    ),
  );
  return {
    filter: typed,
    apps: computed(() => sorted.value.filter((app) => fits(app, typed.value))),
    counts: computed(() => {
      const counts = new Map<string, number>();
      for (const { state } of sorted.value) counts.set(state, (counts.get(state) ?? 0) + 1);
      return [...counts].map(([state, count]) => ({ state, count }));
    }),
  };
}

/** Every word that was typed is in the app's id, state, kind or version. */
function fits(app: App, typed: string): boolean {
  const text = [app.app, app.state, app.kind, app.environment, app.live?.version ?? '']
    .join(' ')
    .toLowerCase();
  return typed
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}
