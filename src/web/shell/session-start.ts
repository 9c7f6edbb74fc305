import { effect, signal } from '@preact/signals';
import type { Me } from '../../api/pages/index.ts';
import { asProblem, type Problem } from '../client/index.ts';
import type { Slipway } from '../context/index.ts';
import type { SessionModel } from '../models/index.ts';

/** Why it is not known who looks at the pages: the agent did not answer. */
export const unknownBecause = signal<Problem | null>(null);

/** Asks who looks at the pages; again when another tab may have logged in. */
export async function lookAtSession({ client, session }: Slipway): Promise<void> {
  try {
    comeBack(session, await client.me());
    unknownBecause.value = null;
  } catch (error) {
    const problem = asProblem(error);
    if (problem.status !== 401) unknownBecause.value = problem;
  }
}

/** Where somebody else has logged in, here or in another tab, what the page shows is not for his eyes. */
export function comeBack(session: SessionModel, me: Me): void {
  const before = session.me.peek();
  if (before !== null && before.user !== me.user) location.reload();
  else session.opened(me);
}

/** What needs a session begins with it; who has none is led to the log-in, and back from there. */
export function followSession(slipway: Slipway, isOpen: (path: string) => boolean): void {
  const { session, feed, status, router } = slipway;
  let begun = false;
  effect(() => {
    const state = session.state.value;
    const { path, query } = router.place.value;
    if (state === 'none' && begun) {
      // Logged out: nothing that was seen stays in the memory of the page.
      location.replace('/log-in');
    } else if (state === 'none' && !isOpen(path)) {
      const next = query.size > 0 ? `${path}?${query}` : path;
      router.go(`/log-in${next === '/' ? '' : `?next=${encodeURIComponent(next)}`}`, { replace: true });
    }
  });
  // Another tab may hold the stream, and be told there that the session is over, or that it goes on.
  let wasLive = true;
  feed.state.subscribe(({ is }) => {
    const state = session.state.peek();
    if (is === 'ended' && state === 'open') session.noteUnauthorized();
    // Who came back may be another one, or may do less than before.
    if (is === 'live' && !wasLive && (state === 'open' || state === 'ended')) void lookAtSession(slipway);
    wasLive = is === 'live' || (wasLive && is === 'connecting');
  });
  effect(() => {
    if (session.state.value !== 'open') return;
    if (begun) {
      feed.retry();
      void status.refresh();
    } else {
      begun = true;
      feed.start();
      status.start();
    }
  });
}
