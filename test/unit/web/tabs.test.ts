import { expect, onTestFinished, test } from 'vitest';
import type { Happening } from '../../../src/api/pages/index.ts';
import { browserClock } from '../../../src/web/browser/index.ts';
import { type Client, createFeed, Problem } from '../../../src/web/client/index.ts';
import { waitFor } from '../../support/wait-for.ts';

/** Locks as a browser has them: one holder, and the others in a row. */
function fakeLocks(): LockManager {
  let last: Promise<unknown> = Promise.resolve();
  const request = (_: string, { signal }: { signal: AbortSignal }, hold: () => Promise<void>) => {
    const turn = last.then(() => (signal.aborted ? undefined : hold()));
    last = turn.catch(() => {});
    return turn;
  };
  return { request } as unknown as LockManager;
}

/** An agent whose events a test sends to whoever is connected. */
function fakeAgent() {
  const open = new Set<(happening: Happening) => void>();
  const events = async function* (signal: AbortSignal) {
    const waiting: Happening[] = [];
    let wake = () => {};
    const take = (happening: Happening) => {
      waiting.push(happening);
      wake();
    };
    open.add(take);
    signal.addEventListener('abort', () => wake());
    try {
      while (!signal.aborted) {
        yield* waiting.splice(0);
        await new Promise<void>((resolve) => {
          wake = resolve;
          if (waiting.length > 0 || signal.aborted) resolve();
        });
      }
    } finally {
      open.delete(take);
    }
  };
  return {
    client: {
      events: async (_: unknown, options: { signal: AbortSignal }) => events(options.signal),
    } as unknown as Pick<Client, 'events'>,
    connections: () => open.size,
    send: (message: string) => {
      for (const take of open) take({ seq: 1, at: '', app: null, type: 'x', message });
    },
  };
}

test('tabs share one stream, and when the one that holds it is closed, another goes on', async () => {
  const agent = fakeAgent();
  const name = `tabs-${process.pid}`;
  const locks = fakeLocks();
  const openTab = () => {
    const channel = () => new BroadcastChannel(name);
    const feed = createFeed({ client: agent.client, clock: browserClock, tabs: { locks, channel } });
    const heard: (string | null)[] = [];
    feed.on((happening) => heard.push(happening === null ? null : happening.message));
    const close = feed.start();
    onTestFinished(close);
    return { feed, heard, close };
  };
  const first = openTab();
  await waitFor('the first tab to be live', () => first.feed.state.value.is === 'live');
  const second = openTab();
  await waitFor('the second tab to be told so', () => second.feed.state.value.is === 'live');
  agent.send('one');
  await waitFor('both to hear it', () => first.heard.includes('one') && second.heard.includes('one'));
  expect(agent.connections()).toBe(1);

  first.close();
  await waitFor('the first to let go', () => agent.connections() === 1 && second.heard.includes(null));
  agent.send('two');
  await waitFor('the second to hear by itself', () => second.heard.includes('two'));
  expect(first.heard).not.toContain('two');
  expect(agent.connections()).toBe(1);
});

test('a tab that has logged in again wakes the one that holds the stream', async () => {
  const agent = fakeAgent();
  const channel = () => new BroadcastChannel(`again-${process.pid}`);
  const locks = fakeLocks();
  let isOver = true;
  const client = {
    events: async (given: never, options: never) => {
      if (isOver) throw new Problem({ code: 'unauthenticated', status: 401, message: 'log in' });
      return await agent.client.events(given, options);
    },
  } as unknown as Pick<Client, 'events'>;
  const openTab = () => createFeed({ client, clock: browserClock, tabs: { locks, channel } });
  const [first, second] = [openTab(), openTab()];
  onTestFinished(first.start());
  onTestFinished(second.start());
  await waitFor('both to know that it is over', () =>
    [first, second].every((feed) => feed.state.value.is === 'ended'),
  );
  isOver = false;
  second.retry();
  await waitFor('both to be live', () => [first, second].every((feed) => feed.state.value.is === 'live'));
  expect(agent.connections()).toBe(1);
});
