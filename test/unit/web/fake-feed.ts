import { signal } from '@preact/signals';
import type { Happening } from '../../../src/api/pages/index.ts';
import type { Feed, FeedState } from '../../../src/web/client/index.ts';

/** A feed that tells what a test says. */
export function fakeFeed() {
  const listeners = new Set<(happening: Happening | null) => void>();
  const state = signal<FeedState>({ is: 'live' });
  const feed: Feed = {
    state,
    on(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    start: () => () => {},
    retry() {},
  };
  return {
    feed,
    state,
    tell: (happening: Partial<Happening> | null) => {
      const whole = { seq: 1, at: '', app: null, type: 'instance.ready', message: '' };
      for (const listener of listeners) listener(happening === null ? null : { ...whole, ...happening });
    },
  };
}
