import { once } from 'node:events';
import net from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { WebhookRefusal } from '../../../src/api/index.ts';
import { SlipwayError } from '../../../src/kernel/index.ts';
import { shop } from '../../fixtures/api-states.ts';
import { serveFake } from '../../fixtures/serve-fake.ts';
import { freePorts } from '../../support/free-port.ts';
import { waitFor } from '../../support/wait-for.ts';
import { ask } from './ask.ts';

const MAX_BYTES = 5 * 1024 ** 2;
const NOTHING_HERE = { status: 404, body: { message: 'there is no webhook here' } };
const hook = { path: '/hooks/shop', method: 'POST' };

async function serveOnTcp(given: { bodyTimeoutMs?: number } = {}) {
  const port = await freePorts(1);
  const agent = await serveFake({ ...given, listen: { host: '127.0.0.1', port } });
  await waitFor('the port', () => ask({ port }, { path: '/health' }));
  return { ...agent, port };
}

/** A connection on which a test writes what it likes. */
async function dial(port: number) {
  const socket = net.connect(port, '127.0.0.1').setEncoding('utf8');
  onTestFinished(() => void socket.destroy());
  await once(socket, 'connect');
  let text = '';
  socket.on('data', (chunk) => {
    text += chunk;
  });
  socket.on('error', () => {});
  return { socket, answer: () => text };
}

test('a webhook reaches the backend as it was sent, over TCP and over the socket', async () => {
  const { backend, socketPath, port } = await serveOnTcp();
  backend.apps = [shop({ app: 'shop@staging' })];
  const body = Buffer.from([0, 255, 10, 13, 195, 40]);
  for (const target of [{ port }, { socketPath }]) {
    const headers = { 'x-github-event': 'push' };
    const path = '/hooks/shop%40staging?from=github';
    expect(await ask(target, { path, method: 'POST', body, headers })).toMatchObject({
      status: 202,
      body: { message: 'a deployment was asked for' },
    });
    expect(backend.calls.pop()).toEqual({
      operation: 'webhook',
      input: { app: 'shop@staging', headers: expect.objectContaining(headers), body },
    });
  }
});

test('the status and the message of the backend are the answer', async () => {
  const { backend, port } = await serveOnTcp();
  for (const status of [200, 401, 409]) {
    backend.webhookAnswer = { status, message: `because ${status}` };
    expect(await ask({ port }, hook)).toMatchObject({ status, body: { message: `because ${status}` } });
  }
  for (const status of [400, 401] as const) {
    backend.failure = new WebhookRefusal(status, 'the signature is wrong');
    expect(await ask({ port }, hook)).toMatchObject({ status, body: { message: 'the signature is wrong' } });
  }
});

test('no webhook and no such app are one answer', async () => {
  const { backend, port } = await serveOnTcp();
  backend.webhookAnswer = { status: 404, message: 'shop has no webhook' };
  const answers = await Promise.all([
    ask({ port }, hook),
    ask({ port }, { path: '/hooks/nope', method: 'POST' }),
    ask({ port }, { path: '/hooks/', method: 'POST' }),
    ask({ port }, { path: '/hooks/shop/more', method: 'POST' }),
    ask({ port }, { path: '/hooks/%zz', method: 'POST' }),
    ask({ port }, { path: `/hooks/${'x'.repeat(201)}`, method: 'POST' }),
  ]);
  for (const answer of answers) {
    expect(answer).toMatchObject(NOTHING_HERE);
    expect({ ...answer.headers, date: null }).toEqual({ ...answers[0].headers, date: null });
  }
});

test('a fault of ours is told to the log, not to the sender', async () => {
  const { backend, port, reports } = await serveOnTcp();
  for (const fault of [new TypeError('x of undefined'), new SlipwayError('busy', { message: 'x of shop' })]) {
    backend.failure = fault;
    const answer = await ask({ port }, hook);
    expect(answer.status).toBe(500);
    expect(JSON.stringify(answer.body)).not.toContain('x of');
    expect(reports.pop()).toContain('x of');
  }
});

test('only POST is taken', async () => {
  const { backend, port } = await serveOnTcp();
  for (const method of ['GET', 'PUT', 'DELETE', 'OPTIONS'])
    for (const path of ['/hooks/shop', '/hooks/nope'])
      expect(await ask({ port }, { path, method })).toMatchObject({
        status: 405,
        headers: { allow: 'POST' },
        body: { message: expect.any(String) },
      });
  expect(backend.calls).toEqual([]);
});

test('a body may have 5 MB, and is refused past that, whether it says its length or not', async () => {
  const { backend, port, socketPath } = await serveOnTcp();
  const whole = Buffer.alloc(MAX_BYTES);
  expect(await ask({ port }, { ...hook, body: whole })).toMatchObject({ status: 202 });
  expect(backend.calls).toHaveLength(1);
  const larger = { ...hook, body: Buffer.alloc(MAX_BYTES + 1) };
  const chunked = { ...larger, headers: { 'transfer-encoding': 'chunked' } };
  for (const target of [{ port }, { socketPath }])
    for (const sent of [larger, chunked])
      expect(await ask(target, sent)).toMatchObject({
        status: 413,
        headers: { connection: 'close' },
        body: { message: expect.stringContaining('5 MB') },
      });
  expect(backend.calls).toHaveLength(1);
});

test('a body that says it is too large is refused before it comes', async () => {
  const { port } = await serveOnTcp();
  const { socket, answer } = await dial(port);
  socket.write(`POST /hooks/shop HTTP/1.1\r\nhost: x\r\ncontent-length: ${MAX_BYTES + 1}\r\n\r\n`);
  await waitFor('the answer', () => answer().includes('HTTP/1.1 413'));
});

test('a body that waits to be asked for is asked for, unless it is too large', async () => {
  const { port } = await serveOnTcp();
  const head = (length: number) =>
    `POST /hooks/shop HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-length: ${length}\r\n\r\n`;
  const small = await dial(port);
  small.socket.write(head(2));
  await waitFor('the question', () => small.answer() === 'HTTP/1.1 100 Continue\r\n\r\n');
  small.socket.write('{}');
  await waitFor('the answer', () => small.answer().includes('HTTP/1.1 202'));
  const large = await dial(port);
  large.socket.write(head(MAX_BYTES + 1));
  await waitFor('the answer', () => large.answer().startsWith('HTTP/1.1 413'));
});

test('a slow sender is cut off', async () => {
  const { backend, port } = await serveOnTcp({ bodyTimeoutMs: 50 });
  const { socket, answer } = await dial(port);
  socket.write('POST /hooks/shop HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n{"ref":');
  await once(socket, 'end');
  expect(answer()).toMatch(/^HTTP\/1.1 408 .*connection: close.*"message":/s);
  expect(backend.calls).toEqual([]);
});

test('a sender who goes away in the middle is forgotten', async () => {
  const { backend, port, reports } = await serveOnTcp();
  for (const leave of ['end', 'destroy'] as const) {
    const { socket } = await dial(port);
    socket.write('POST /hooks/shop HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n{"ref":');
    socket[leave]();
    await once(socket, 'close');
  }
  expect(await ask({ port }, hook)).toMatchObject({ status: 202 });
  expect(backend.calls).toHaveLength(1);
  expect(reports).toEqual([]);
});

test('no more than sixteen are held at once', async () => {
  const { port } = await serveOnTcp();
  const held = await Promise.all(Array.from({ length: 16 }, () => dial(port)));
  for (const { socket } of held)
    socket.write(
      'POST /hooks/shop HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-length: 100\r\n\r\n',
    );
  await waitFor('all to be read', () => held.every(({ answer }) => answer().includes('100 Continue')));
  expect(await ask({ port }, hook)).toMatchObject({
    status: 503,
    headers: { 'retry-after': '10' },
    body: { message: expect.any(String) },
  });
  expect(await ask({ port }, { path: '/health' })).toMatchObject({ status: 200 });
  held[0]?.socket.destroy();
  await waitFor('one to be forgotten', async () => (await ask({ port }, hook)).status === 202);
});
