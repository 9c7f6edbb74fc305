import { expect, onTestFinished, test } from 'vitest';
import type { Happening } from '../../../src/api/pages/index.ts';
import { browserClock } from '../../../src/web/browser/index.ts';
import { createClient, createFeed } from '../../../src/web/client/index.ts';
import { waitFor } from '../../support/wait-for.ts';

/** An agent that is asked for its events, and sends what a test says. */
function fakeAgent() {
  const asked: (string | null)[] = [];
  let stream: ReadableStreamDefaultController<Uint8Array> | null = null;
  let answers: 'stream' | 'nothing' | 401 = 'stream';
  const fetching: typeof fetch = async (_, init) => {
    asked.push(new Headers(init?.headers).get('last-event-id'));
    if (answers === 'nothing') throw new TypeError('fetch failed');
    if (answers === 401) return new Response('{"code":"unauthenticated"}', { status: 401 });
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        stream = controller;
      },
    });
    return new Response(body, { headers: { 'content-type': 'text/event-stream' } });
  };
  return {
    fetching,
    asked,
    answer: (how: typeof answers) => {
      answers = how;
    },
    send: (id: string, happening: Partial<Happening>) =>
      stream?.enqueue(
        new TextEncoder().encode(`event: message\nid: ${id}\ndata: ${JSON.stringify(happening)}\n\n`),
      ),
    cut: () => stream?.error(new TypeError('network error')),
  };
}

function follow(agent: ReturnType<typeof fakeAgent>) {
  let unauthorized = 0;
  const client = createClient({ fetch: agent.fetching, onUnauthorized: () => (unauthorized += 1) });
  const clock = {
    ...browserClock,
    sleep: (ms: number, signal: AbortSignal) => browserClock.sleep(ms > 60_000 ? ms : 5, signal),
  };
  const tabs = { locks: null, channel: () => new BroadcastChannel('unused') };
  const feed = createFeed({ client, clock, tabs });
  const heard: (string | null)[] = [];
  feed.on((happening) => heard.push(happening === null ? null : happening.message));
  onTestFinished(feed.start());
  return { feed, heard, unauthorized: () => unauthorized };
}

test('a stream that was cut goes on after the last event, and says meanwhile that it is down', async () => {
  const agent = fakeAgent();
  const { feed, heard } = follow(agent);
  await waitFor('feed.state.value.is to be live', () => feed.state.value.is === 'live');
  agent.send('e:1', { message: 'one' });
  await waitFor('heard.length to be 2', () => heard.length === 2);
  agent.answer('nothing');
  agent.cut();
  await waitFor('feed.state.value.is to be down', () => feed.state.value.is === 'down');
  agent.answer('stream');
  await waitFor('feed.state.value.is to be live', () => feed.state.value.is === 'live');
  agent.send('e:2', { message: 'two' });
  await waitFor('heard.length to be 3', () => heard.length === 3);
  // The first time nothing was missed that is not looked at anyway: null.
  expect(heard).toEqual([null, 'one', 'two']);
  expect(agent.asked[0]).toBeNull();
  expect(agent.asked.at(-1)).toBe('e:1');
});

test('where events are kept no longer, all is looked at anew', async () => {
  const agent = fakeAgent();
  const { heard } = follow(agent);
  await waitFor('agent.asked.length to be 1', () => agent.asked.length === 1);
  agent.send('e:9', { type: 'resync', message: 'too old' });
  await waitFor('heard.length to be 2', () => heard.length === 2);
  expect(heard).toEqual([null, null]);
});

test('a session that is over is told once, and nothing is tried until it is open again', async () => {
  const agent = fakeAgent();
  agent.answer(401);
  const { feed, unauthorized } = follow(agent);
  await waitFor('feed.state.value.is to be ended', () => feed.state.value.is === 'ended');
  agent.answer('stream');
  feed.retry();
  await waitFor('feed.state.value.is to be live', () => feed.state.value.is === 'live');
  expect([unauthorized(), agent.asked.length]).toEqual([1, 2]);
});
