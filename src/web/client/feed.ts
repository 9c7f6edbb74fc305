import { type ReadonlySignal, signal } from '@preact/signals';
import type { Happening } from '../../api/pages/index.ts';
import type { BrowserClock } from '../browser/index.ts';
import type { Client } from './client.ts';
import type { FeedState } from './feed-state.ts';
import { asProblem } from './problem.ts';
import { eventIdOf } from './stream.ts';
import { createTabs, type Tabs, type TabsOptions } from './tabs.ts';

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 10_000;

/** What happens on the host, as it happens; one connection for all tabs of the browser. */
export interface Feed {
  state: ReadonlySignal<FeedState>;
  /** Told of each happening; null: some may have been missed, so that all is to be looked at anew. */
  on(listener: (happening: Happening | null) => void): () => void;
  start(): () => void;
  /** Tries again at once: the session has begun, the tab is looked at again. */
  retry(): void;
}

interface FeedOptions {
  client: Pick<Client, 'events'>;
  clock: BrowserClock;
  tabs: TabsOptions;
}

export function createFeed({ client, clock, tabs: tabsOptions }: FeedOptions): Feed {
  const state = signal<FeedState>({ is: 'connecting' });
  const listeners = new Set<(happening: Happening | null) => void>();
  let lastEventId: string | undefined;
  let wake = new AbortController();
  let tabs: Tabs | null = null;

  const tell = (happening: Happening | null) => {
    for (const listener of listeners) listener(happening);
  };
  const enter = (next: FeedState) => {
    state.value = next;
    tabs?.post({ state: next });
  };

  async function lead(signal: AbortSignal): Promise<void> {
    let waitMs = FIRST_WAIT_MS;
    while (!signal.aborted) {
      try {
        const resumes = lastEventId !== undefined;
        const options = { signal, ...(lastEventId !== undefined && { lastEventId }) };
        const happenings = await client.events({}, options);
        enter({ is: 'live' });
        if (!resumes) announce(null, undefined);
        waitMs = FIRST_WAIT_MS;
        for await (const happening of happenings)
          announce(happening.type === 'resync' ? null : happening, eventIdOf(happening));
      } catch (error) {
        if (signal.aborted) return;
        const problem = asProblem(error);
        if (problem.status === 401) enter({ is: 'ended' });
        else if (state.value.is !== 'down')
          enter({ is: 'down', since: clock.now(), reason: problem.message });
      }
      if (signal.aborted) return;
      if (state.value.is === 'live')
        enter({ is: 'down', since: clock.now(), reason: 'the stream of events ended' });
      await pause(state.value.is === 'ended' ? null : waitMs, signal);
      waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS);
    }
  }

  function announce(happening: Happening | null, id: string | undefined): void {
    lastEventId = id ?? lastEventId;
    tell(happening);
    tabs?.post({ happening, id });
  }

  /** Null: until it is woken. A third more or less, so that a hundred browsers do not come back in one moment. */
  async function pause(ms: number | null, signal: AbortSignal): Promise<void> {
    const woken = new AbortController();
    wake = woken;
    const end = () => woken.abort();
    signal.addEventListener('abort', end);
    await clock.sleep(ms === null ? 2 ** 31 - 1 : ms * (0.67 + Math.random() * 0.66), woken.signal);
    signal.removeEventListener('abort', end);
  }

  return {
    state,
    on(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    start() {
      tabs = createTabs(tabsOptions, {
        lead,
        greet: () => ({ state: state.value }),
        hear(message) {
          if (message.retry) return wake.abort();
          if (message.state) state.value = message.state;
          if (message.happening === undefined) return;
          lastEventId = message.id ?? lastEventId;
          tell(message.happening);
        },
      });
      return tabs.close;
    },
    retry() {
      wake.abort();
      tabs?.post({ retry: true });
    },
  };
}
