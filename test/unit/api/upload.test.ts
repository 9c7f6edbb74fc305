import { createHash, randomFillSync } from 'node:crypto';
import { once } from 'node:events';
import fs from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { finished, pipeline } from 'node:stream/promises';
import { expect, onTestFinished, test } from 'vitest';
import { type Backend, connect } from '../../../src/api/index.ts';
import { SlipwayError } from '../../../src/kernel/index.ts';
import { FakeBackend } from '../../fixtures/fake-backend.ts';
import { type FakeAgent, serveFake } from '../../fixtures/serve-fake.ts';
import { temporaryFolder } from '../../support/temporary.ts';
import { waitFor } from '../../support/wait-for.ts';
import { ask } from './ask.ts';

const MB = 1024 ** 2;
const SOCKET = expect.objectContaining({ trigger: 'api', actor: 'socket' });
const uploads = { path: '/api/v1/apps/shop/uploads?name=site.zip', method: 'POST' };

/** A file of random bytes, and its digest. */
function archive(sizeBytes: number, name = 'site.zip'): { file: string; sha256: string } {
  const file = path.join(temporaryFolder(), name);
  const digest = createHash('sha256');
  const out = fs.openSync(file, 'w');
  const chunk = Buffer.alloc(MB);
  for (let left = sizeBytes; left > 0; left -= chunk.length) {
    const piece = randomFillSync(chunk).subarray(0, left);
    digest.update(piece);
    fs.writeSync(out, piece);
  }
  fs.closeSync(out);
  return { file, sha256: digest.digest('hex') };
}

/** A backend that does with an upload what a test says. */
function receiving(receive: Backend['receiveUpload']): FakeBackend {
  const backend = new FakeBackend();
  backend.receiveUpload = receive;
  return backend;
}

/** A connection on which a test writes what it likes; it has begun an upload of `length` bytes. */
async function begin({ socketPath }: FakeAgent, headers: string) {
  const socket = net.connect(socketPath).setEncoding('utf8');
  onTestFinished(() => void socket.destroy());
  let text = '';
  socket.on('data', (chunk) => {
    text += chunk;
  });
  socket.on('error', () => {});
  await once(socket, 'connect');
  socket.write(`POST ${uploads.path} HTTP/1.1\r\nhost: x\r\n${headers}\r\n\r\n`);
  return { socket, answer: () => text };
}

test('an archive of 100 MB arrives byte for byte, with no more than 2 MB under way', async () => {
  const { backend, client } = await serveFake();
  const sizeBytes = 100 * MB + 7;
  const { file, sha256 } = archive(sizeBytes, 'Wébsite & shop.tar.gz');
  const progress: number[] = [];
  let underway = 0;
  const sent = await client.upload({
    app: 'shop',
    file,
    onProgress(sentBytes) {
      progress.push(sentBytes);
      underway = Math.max(underway, sentBytes - backend.receivedBytes);
    },
  });
  expect(sent).toEqual({ upload: sha256, size_bytes: sizeBytes, sha256 });
  expect(backend.calls).toEqual([
    {
      operation: 'receiveUpload',
      input: {
        app: 'shop',
        name: 'Wébsite & shop.tar.gz',
        sizeBytes,
        caller: expect.objectContaining({ trigger: 'cli', actor: 'alice' }),
      },
    },
  ]);
  expect(progress).toEqual(progress.toSorted((a, b) => a - b));
  expect(progress.length).toBeGreaterThan(100);
  expect(progress.at(-1)).toBe(sizeBytes);
  expect(underway).toBeLessThan(2 * MB);
});

test('a slow backend slows the sender down', async () => {
  let body: Readable | null = null;
  let read = 0;
  let open = () => {};
  const backend = receiving(async (options) => {
    body = options.body;
    await new Promise<void>((resolve) => {
      open = resolve;
    });
    for await (const chunk of body) read += chunk.length;
    return { upload: 'a', size_bytes: read, sha256: '' };
  });
  const agent = await serveFake({ backend });
  const { file } = archive(20 * MB);
  const request = http.request({ socketPath: agent.socketPath, ...uploads });
  const answered = once(request, 'response');
  let sent = 0;
  const sending = pipeline(
    fs.createReadStream(file),
    async function* (chunks: AsyncIterable<Buffer>) {
      for await (const chunk of chunks) {
        yield chunk;
        sent += chunk.length;
      }
    },
    request,
  );
  let before = -1;
  await waitFor('the sender to stand still', () => {
    const stands = body !== null && sent === before;
    before = sent;
    return stands;
  });
  expect(sent).toBeLessThan(5 * MB);
  open();
  await sending;
  const [response] = await answered;
  expect(response.statusCode).toBe(200);
  expect(read).toBe(20 * MB);
  response.resume();
});

test('curl may send it, with its length and without', async () => {
  const agent = await serveFake();
  const body = randomFillSync(Buffer.alloc(3 * MB));
  const sha256 = createHash('sha256').update(body).digest('hex');
  const answer = { status: 200, body: { upload: sha256, size_bytes: body.length, sha256 } };
  expect(await ask(agent, { ...uploads, body })).toMatchObject(answer);
  const headers = { 'transfer-encoding': 'chunked' };
  expect(await ask(agent, { ...uploads, body, headers })).toMatchObject(answer);
  expect(agent.backend.calls.map(({ input }) => input)).toEqual([
    { app: 'shop', name: 'site.zip', sizeBytes: body.length, caller: SOCKET },
    { app: 'shop', name: 'site.zip', sizeBytes: null, caller: SOCKET },
  ]);
});

test('the app is named as in other paths', async () => {
  const { backend, client } = await serveFake();
  const { file } = archive(10);
  await expect(client.upload({ app: 'sh/op@a b', file })).rejects.toMatchObject({ code: 'app_unknown' });
  expect(backend.calls[0]?.input).toMatchObject({ app: 'sh/op@a b' });
});

test('what the backend refuses by the headers is not sent at all', async () => {
  const backend = receiving(async ({ sizeBytes }) => {
    throw new SlipwayError('upload_too_large', { message: `${sizeBytes} bytes are too many`, next: 'x' });
  });
  const { client } = await serveFake({ backend });
  const { file } = archive(8 * MB);
  let sent = 0;
  const upload = client.upload({ app: 'shop', file, onProgress: (sentBytes) => (sent = sentBytes) });
  await expect(upload).rejects.toMatchObject({
    code: 'upload_too_large',
    message: `${8 * MB} bytes are too many`,
    next: 'x',
  });
  expect(sent).toBe(0);
});

test('a sender who does not wait to be asked gets the refusal at once, and is not read', async () => {
  const backend = receiving(async () => {
    throw new SlipwayError('upload_too_large', { message: 'too large' });
  });
  const agent = await serveFake({ backend });
  const { socket, answer } = await begin(agent, `content-length: ${100 * MB}`);
  const over = once(socket, 'end');
  await waitFor('the answer', () => answer().includes('"upload_too_large"'));
  expect(answer()).toMatch(/^HTTP\/1.1 413 .*connection: close/is);
  await over;
});

test('a refusal in the middle arrives as itself, though the sender is still sending', async () => {
  const backend = receiving(async ({ body }) => {
    let read = 0;
    await pipeline(body, async function (chunks: AsyncIterable<Buffer>) {
      for await (const chunk of chunks) {
        read += chunk.length;
        if (read > MB) throw new SlipwayError('disk_full', { message: 'no room for more' });
      }
    });
    return { upload: '', size_bytes: 0, sha256: '' };
  });
  const agent = await serveFake({ backend });
  const { file } = archive(50 * MB);
  await expect(agent.client.upload({ app: 'shop', file })).rejects.toMatchObject({
    code: 'disk_full',
    message: 'no room for more',
  });
  const answer = await ask(agent, { ...uploads, body: fs.readFileSync(file) });
  expect(answer).toMatchObject({ status: 507, headers: { connection: 'close' } });
});

test.each([
  ['in the middle of a length', 'content-length: 1000\r\n\r\n', 'x'.repeat(400)],
  ['in the middle of chunks', 'transfer-encoding: chunked\r\n\r\n', '190\r\nabc'],
  ['before the last chunk', 'transfer-encoding: chunked\r\n\r\n', '3\r\nabc\r\n'],
])('an upload that breaks off %s is an error to the backend', async (_, headers, part) => {
  for (const leave of ['end', 'destroy'] as const) {
    const agent = await serveFake();
    const { socket } = await begin(agent, headers.trimEnd());
    socket.write(part);
    await waitFor('the backend to begin', () => agent.backend.calls.length > 0);
    socket[leave]();
    await waitFor('the end', () => agent.backend.uploads.length > 0);
    expect(agent.backend.uploads).toEqual([
      expect.objectContaining({ message: expect.stringContaining('went away') }),
    ]);
    expect(agent.reports).toEqual([]);
  }
});

test('a backend that has not begun to read is told by the stream that the sender went away', async () => {
  let body: Readable | null = null;
  let open = () => {};
  let outcome: unknown = null;
  const backend = receiving(async (options) => {
    body = options.body;
    await new Promise<void>((resolve) => {
      open = resolve;
    });
    outcome = await pipeline(body, fs.createWriteStream('/dev/null')).catch((error: unknown) => error);
    throw outcome;
  });
  const agent = await serveFake({ backend });
  const { socket } = await begin(agent, 'content-length: 1000');
  await waitFor('the backend to begin', () => body !== null);
  socket.destroy();
  await waitFor('the stream to end', () => body?.destroyed);
  open();
  await waitFor('the outcome', () => outcome !== null);
  expect(outcome).toMatchObject({ message: expect.stringContaining('went away') });
});

test('a person may break it off', async () => {
  const { backend, client } = await serveFake();
  backend.gate = new Promise(() => {});
  const { file } = archive(20 * MB);
  const controller = new AbortController();
  const upload = client.upload({
    app: 'shop',
    file,
    signal: controller.signal,
    onProgress: () => controller.abort(new Error('enough')),
  });
  await expect(upload).rejects.toThrow('enough');
  const late = client.upload({ app: 'shop', file, signal: controller.signal });
  await expect(late).rejects.toThrow('enough');
});

test('an agent that goes away in the middle is told as such, and its backend gets an error', async () => {
  let error: unknown = null;
  const backend = receiving(async ({ body }) => {
    await finished(
      body.once('data', () => body.pause()),
      { cleanup: true },
    ).catch((thrown: unknown) => {
      error = thrown;
      throw thrown;
    });
    return { upload: '', size_bytes: 0, sha256: '' };
  });
  const { client, leave } = await serveFake({ backend });
  const { file } = archive(20 * MB);
  const left: { done: Promise<void> | null } = { done: null };
  const upload = client.upload({
    app: 'shop',
    file,
    onProgress: () => {
      left.done ??= leave();
    },
  });
  await expect(upload).rejects.toMatchObject({ code: 'agent_unreachable' });
  await waitFor('the error', () => error);
  await left.done;
});

test('without an agent, and with a file that is none, the error says so', async () => {
  const folder = temporaryFolder();
  const { file } = archive(10);
  const gone = connect({ socketPath: path.join(folder, 'slipway.sock'), actor: 'a' });
  await expect(gone.upload({ app: 'shop', file })).rejects.toMatchObject({ code: 'agent_unreachable' });
  const { backend, client } = await serveFake();
  const upload = (name: string) => client.upload({ app: 'shop', file: name });
  const nothing = path.join(folder, 'nothing.zip');
  await expect(upload(nothing)).rejects.toMatchObject({
    code: 'usage',
    message: `there is no file ${nothing}`,
  });
  await expect(upload(folder)).rejects.toMatchObject({ code: 'usage', message: `${folder} is not a file` });
  expect(backend.calls).toEqual([]);
});

test('a file that is changed while it is sent is not taken for whole', async () => {
  const changes = [
    (file: string) => fs.truncateSync(file, 0),
    (file: string) => fs.truncateSync(file, 30 * MB),
    (file: string) => fs.utimesSync(file, 1, 1),
  ];
  for (const change of changes) {
    const { backend, client } = await serveFake();
    const { file } = archive(20 * MB);
    const upload = client.upload({ app: 'shop', file, onProgress: () => change(file) });
    await expect(upload).rejects.toMatchObject({ message: `${file} was changed while it was sent` });
    await waitFor('the end', () => backend.uploads.length > 0);
    expect(backend.uploads).toEqual([expect.any(Error)]);
  }
});

test('an upload without the name of a file, or within a form, is refused', async () => {
  const agent = await serveFake();
  const names = ['', '?name=', '?name=..', '?name=a%2Fb.zip', '?name=a%00.zip', `?name=${'x'.repeat(256)}`];
  for (const query of names)
    expect(await ask(agent, { ...uploads, path: `/api/v1/apps/shop/uploads${query}` })).toMatchObject({
      status: 400,
      body: { code: 'usage', hint: expect.stringContaining('?name=site.zip') },
    });
  const headers = { 'content-type': 'multipart/form-data; boundary=x' };
  expect(await ask(agent, { ...uploads, headers, body: '--x--' })).toMatchObject({ status: 400 });
  expect(await ask(agent, { ...uploads, method: 'PUT' })).toMatchObject({ status: 404 });
  expect(agent.backend.calls).toEqual([]);
});

test('a fault of ours is told to the log, not to the sender', async () => {
  const agent = await serveFake();
  agent.backend.failure = new TypeError('x of undefined');
  const answer = await ask(agent, { ...uploads, body: 'x' });
  expect(answer).toMatchObject({ status: 500, body: { code: 'failed' } });
  expect(agent.reports).toEqual([expect.stringContaining('x of undefined')]);
});

test('an upload may take its time, another body not', async () => {
  const agent = await serveFake({ bodyTimeoutMs: 50 });
  const { socket, answer } = await begin(agent, 'content-length: 2');
  const slow = net.connect(agent.socketPath).setEncoding('utf8');
  onTestFinished(() => void slow.destroy());
  let refused = '';
  slow.on('data', (chunk) => {
    refused += chunk;
  });
  slow.write('PUT /api/v1/apps/shop/pin HTTP/1.1\r\nhost: x\r\ncontent-length: 20\r\n\r\n{');
  await waitFor('the refusal', () => refused.startsWith('HTTP/1.1 408'));
  socket.write('ab');
  await waitFor('the answer', () => answer().startsWith('HTTP/1.1 200'));
  expect(agent.backend.uploads).toEqual([2]);
});
