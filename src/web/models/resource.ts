import { type ReadonlySignal, signal } from '@preact/signals';
import type { Happening } from '../../api/pages/index.ts';
import { asProblem, type Feed, type Problem } from '../client/index.ts';

/** Happenings come in bursts, and one look serves for all of a burst. */
const BURST_MS = 120;

/** What was asked of the agent, kept as it is now by the feed. */
export interface Resource<T> {
  /** Null until it is known. It stays when a later look fails. */
  value: ReadonlySignal<T | null>;
  problem: ReadonlySignal<Problem | null>;
  refresh(): Promise<void>;
  /** Looks, and looks again at what concerns it; the function that it gives ends that. */
  start(): () => void;
}

export function createResource<T>(options: {
  load: (signal: AbortSignal) => Promise<T>;
  feed?: Feed;
  concerns?: (happening: Happening) => boolean;
}): Resource<T> {
  const { load, feed, concerns = () => true } = options;
  const value = signal<T | null>(null);
  const problem = signal<Problem | null>(null);
  let running: Promise<void> | null = null;
  let again = false;
  let open = new AbortController();

  async function look(signal: AbortSignal): Promise<void> {
    do {
      again = false;
      try {
        const answer = await load(signal);
        if (signal.aborted) return;
        value.value = answer;
        problem.value = null;
      } catch (error) {
        if (signal.aborted) return;
        problem.value = asProblem(error);
      }
    } while (again && !signal.aborted);
  }

  /** One look at a time. What happened while one was going on, it may have missed: so it is followed by another. */
  function refresh(): Promise<void> {
    again = running !== null;
    if (running !== null) return running;
    const mine = look(open.signal).finally(() => {
      // Where it was started anew meanwhile, there is another one.
      if (running !== mine) return;
      running = null;
      if (again) void refresh();
    });
    running = mine;
    return mine;
  }

  return {
    value,
    problem,
    refresh,
    start() {
      open = new AbortController();
      running = null;
      let burst: ReturnType<typeof setTimeout> | null = null;
      const off = feed?.on((happening) => {
        if (happening !== null && !concerns(happening)) return;
        burst ??= setTimeout(() => {
          burst = null;
          void refresh();
        }, BURST_MS);
      });
      // What failed while the agent was away, or the session over, may have missed nothing, and would stay.
      const offState = feed?.state.subscribe(({ is }) => {
        if (is === 'live' && problem.peek() !== null) void refresh();
      });
      void refresh();
      return () => {
        off?.();
        offState?.();
        if (burst !== null) clearTimeout(burst);
        open.abort();
      };
    },
  };
}
