import { once } from 'node:events';
import net from 'node:net';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type IdentifiedLine, resume } from '../../../src/api/index.ts';
import { eventIdOf } from '../../../src/api/link.ts';
import { encodeEvent, SseDecoder } from '../../../src/api/sse.ts';
import { SlipwayError } from '../../../src/kernel/index.ts';
import { deployment, ended, logLine, step } from '../../fixtures/api-states.ts';
import { FakeBackend } from '../../fixtures/fake-backend.ts';
import { serveFake } from '../../fixtures/serve-fake.ts';
import { waitFor } from '../../support/wait-for.ts';

test('a deployment is followed from what it is now to its end', async () => {
  const { backend, client } = await serveFake();
  backend.put(deployment());
  const states = await client.followDeployment({ id: 7 });
  expect((await states.next()).value).toEqual(deployment());
  backend.put(deployment({ steps: [step('unpack', { state: 'running' })] }));
  expect((await states.next()).value).toMatchObject({ steps: [{ name: 'unpack', state: 'running' }] });
  backend.put(ended('succeeded'));
  expect((await states.next()).value).toMatchObject({ state: 'succeeded' });
  expect(await states.next()).toMatchObject({ done: true });
});

test('events go on after the last one that was seen', async () => {
  const { backend, client } = await serveFake();
  for (const message of ['one', 'two', 'three']) backend.happen(message);
  const events = await client.events({}, { lastEventId: '1' });
  const second = (await events.next()).value;
  expect(second).toMatchObject({ seq: 2, message: 'two' });
  expect(eventIdOf(second)).toBe('2');
  expect((await events.next()).value).toMatchObject({ seq: 3 });
  backend.happen('four');
  expect((await events.next()).value).toMatchObject({ seq: 4, message: 'four' });
  await events.return?.(undefined);
});

test('without a last event only what happens from now on is told', async () => {
  const { backend, client } = await serveFake();
  backend.happen('before');
  const events = await client.events({});
  await waitFor('the stream to open', () => backend.streams === 1);
  backend.happen('after');
  expect((await events.next()).value).toMatchObject({ message: 'after' });
  await events.return?.(undefined);
});

test('a line has the position of the reading outside of its JSON, and is resumed from there', async () => {
  const { backend, client } = await serveFake();
  backend.lines = ['a', 'b'].map((line, index) => ({ ...logLine(line), resume: String(index + 1) }));
  const lines = await client.logs({ app: 'shop', lines: 1 });
  const { value } = await lines.next();
  expect(value).toEqual(logLine('b'));
  expect(eventIdOf(value)).toBe('2');
  const rest = await client.logs({ app: 'shop' }, { lastEventId: '1' });
  expect(await rest.next()).toMatchObject({ value: { line: 'b' } });
  expect(await rest.next()).toMatchObject({ done: true });
});

test('an error in the middle of a stream arrives as that error', async () => {
  const backend = new FakeBackend();
  backend.logs = async function* (): AsyncGenerator<IdentifiedLine> {
    yield logLine('a');
    throw new SlipwayError('instance_unknown', {
      message: 'there is no shop/9',
      next: 'slipway status shop',
    });
  };
  const { client } = await serveFake({ backend });
  const lines = await client.logs({ app: 'shop' });
  expect(await lines.next()).toMatchObject({ value: { line: 'a' } });
  await expect(lines.next()).rejects.toMatchObject({ code: 'instance_unknown', next: 'slipway status shop' });
});

test('a reader who goes away ends the stream in the backend', async () => {
  const { backend, client } = await serveFake();
  const controller = new AbortController();
  const events = await client.events({}, { signal: controller.signal });
  await waitFor('the stream to open', () => backend.streams === 1);
  const next = events.next();
  controller.abort(new Error('enough'));
  await expect(next).rejects.toThrow('enough');
  await waitFor('the stream to end', () => backend.streams === 0);
});

test('an agent that goes away in the middle of a stream is told from its end', async () => {
  const { backend, client, leave } = await serveFake();
  backend.put(deployment());
  const states = await client.followDeployment({ id: 7 });
  await states.next();
  await leave();
  await expect(states.next()).rejects.toMatchObject({ code: 'agent_unreachable' });
  await waitFor('the stream to end', () => backend.streams === 0);
});

test('a slow reader slows the backend down', async () => {
  const backend = new FakeBackend();
  let given = 0;
  backend.logs = async function* ({ signal }): AsyncGenerator<IdentifiedLine> {
    for (; !signal.aborted && given < 100_000; given++) yield logLine('x'.repeat(1000));
  };
  const { socketPath } = await serveFake({ backend });
  const socket = net.connect(socketPath);
  socket.write('GET /api/v1/apps/shop/logs HTTP/1.1\r\nhost: x\r\n\r\n');
  await once(socket, 'readable'); // and nothing is read
  // Buffers on the way hold a few hundred lines; a backend that is not slowed down would give all at once.
  let before = -1;
  await waitFor('the backend to stand still', () => {
    const stands = given > 0 && given === before;
    before = given;
    return stands;
  });
  expect(given).toBeLessThan(10_000);
  socket.resume();
  await waitFor('the backend to go on', () => given > before);
  socket.destroy();
});

test('a silent stream is kept alive by comments', async () => {
  const { socketPath } = await serveFake({ heartbeatMs: 5 });
  const socket = net.connect(socketPath).setEncoding('utf8');
  socket.write('GET /api/v1/events HTTP/1.1\r\nhost: x\r\n\r\n');
  let text = '';
  socket.on('data', (chunk) => {
    text += chunk;
  });
  await waitFor('two comments', () => text.split(':\n\n').length > 2);
  expect(text).not.toContain('event:');
  socket.destroy();
});

test('events are read from pieces of any size', () => {
  const event = fc.record({
    event: fc.constantFrom('message', 'done', 'error'),
    id: fc.option(fc.stringMatching(/^[\w:,]{1,9}$/)),
    data: fc.json(),
  });
  fc.assert(
    fc.property(fc.array(event), fc.array(fc.nat({ max: 50 })), (events, cuts) => {
      let text = events.map(encodeEvent).join(':\n\n');
      const decoder = new SseDecoder();
      const found = cuts.flatMap((size) => {
        const piece = text.slice(0, size);
        text = text.slice(size);
        return decoder.feed(piece);
      });
      expect([...found, ...decoder.feed(text)]).toEqual(events);
    }),
  );
});

test('a stream is opened again when the agent is back, from where it was', async () => {
  const { backend, client, leave, comeBack } = await serveFake();
  let lost = 0;
  const seen: string[] = [];
  const stop = new AbortController();
  const events = resume({
    open: (lastEventId) =>
      client.events(
        {},
        {
          signal: stop.signal,
          ...(lastEventId === undefined ? {} : { lastEventId }),
        },
      ),
    signal: stop.signal,
    wholeValues: false,
    onLost: () => {
      lost += 1;
    },
  });
  const reading = (async () => {
    for await (const { message } of events) seen.push(message);
  })().catch((error: unknown) => error);
  await waitFor('the stream to open', () => backend.streams === 1);
  backend.happen('one');
  await waitFor('the first', () => seen.length === 1);
  await leave();
  backend.happen('two, while nobody listened');
  await waitFor('the loss', () => lost === 1);
  await comeBack();
  await waitFor('the second', () => seen.length === 2);
  backend.happen('three');
  await waitFor('the third', () => seen.length === 3);
  expect(seen).toEqual(['one', 'two, while nobody listened', 'three']);
  expect(lost).toBe(1);
  stop.abort(new Error('enough'));
  expect(await reading).toMatchObject({ message: 'enough' });
});

test('where no agent answers at the beginning, nothing is waited for', async () => {
  const { client, leave } = await serveFake();
  await leave();
  const events = resume({
    open: () => client.events({}),
    signal: new AbortController().signal,
    wholeValues: true,
    onLost: () => expect.unreachable(),
  });
  await expect(events.next()).rejects.toMatchObject({ code: 'agent_unreachable' });
});
