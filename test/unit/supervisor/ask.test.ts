import { once } from 'node:events';
import net, { type AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../../../src/kernel/index.ts';
import { ask } from '../../../src/supervisor/ask.ts';
import { untilReady } from '../../../src/supervisor/readiness.ts';

/** A server on a port of its own that does this with each connection. */
async function serve(onConnection: (socket: net.Socket) => void, host = '127.0.0.1'): Promise<number> {
  const sockets = new Set<net.Socket>();
  const server = net.createServer((socket) => {
    sockets.add(socket.on('error', () => undefined));
    onConnection(socket);
  });
  server.listen(0, host);
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return (server.address() as AddressInfo).port;
}

const answering = (status: string) =>
  serve((socket) => socket.once('data', () => socket.end(`HTTP/1.1 ${status}\r\ncontent-length: 0\r\n\r\n`)));

const get = (port: number, timeoutMs = 30_000) =>
  ask({ kind: 'http', path: '/health', port }, { clock: systemClock, timeoutMs });

test('what answers is asked nothing more: a status of 200 to 399, or an accepted connection', async () => {
  for (const status of ['200 OK', '204 No Content', '302 Found'])
    expect(await get(await answering(status))).toBeNull();
  const port = await serve((socket) => socket.end(), '::1');
  expect(await ask({ kind: 'tcp', port }, { clock: systemClock, timeoutMs: 30_000 })).toBeNull();
});

test('what does not answer as it should is told with what was asked and what came of it', async () => {
  const unavailable = await answering('503 Service Unavailable');
  expect(await get(unavailable)).toBe(`GET /health on port ${unavailable}: 503`);

  const silent = await serve(() => undefined);
  expect(await get(silent, 50)).toBe(`GET /health on port ${silent}: no answer within 50ms`);

  // A byte from time to time is no answer, either.
  const dripping = await serve((socket) => {
    socket.write('HTTP/1.1 200 OK\r\n');
    const drip = setInterval(() => socket.write('x'), 5);
    socket.once('close', () => clearInterval(drip));
  });
  expect(await get(dripping, 100)).toBe(`GET /health on port ${dripping}: no answer within 100ms`);

  const closing = await serve((socket) => socket.once('data', () => socket.destroy()));
  expect(await get(closing)).toBe(
    `GET /health on port ${closing}: the connection was closed without an answer`,
  );
  const other = await serve((socket) => socket.once('data', () => socket.end('SSH-2.0-x\r\n\r\n')));
  expect(await get(other)).toBe(`GET /health on port ${other}: the answer is not HTTP`);

  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  expect(await get(port)).toBe(`GET /health on port ${port}: connection refused`);
  expect(await ask({ kind: 'tcp', port }, { clock: systemClock, timeoutMs: 2000 })).toBe(
    `port ${port}: connection refused`,
  );
});

test('readiness is asked until it holds, and each time that it does not is told', async () => {
  let asked = 0;
  const port = await serve((socket) =>
    socket.once('data', () =>
      socket.end(`HTTP/1.1 ${++asked < 3 ? 500 : 200} X\r\ncontent-length: 0\r\n\r\n`),
    ),
  );
  const told: string[] = [];
  await untilReady(
    { kind: 'http', path: '/up', port },
    {
      clock: systemClock,
      signal: new AbortController().signal,
      told: (unanswered) => told.push(unanswered),
    },
  );
  expect(told).toEqual([`GET /up on port ${port}: 500`, `GET /up on port ${port}: 500`]);
});

test('a question that cannot be asked is refused to whoever asks it', async () => {
  await expect(get(65_536)).rejects.toThrow(/65536/);
});
