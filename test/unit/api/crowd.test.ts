import { once } from 'node:events';
import http from 'node:http';
import net from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { limitCrowd } from '../../../src/api/crowd.ts';
import { freePorts } from '../../support/free-port.ts';

async function serve() {
  const port = await freePorts(1);
  const server = http.createServer((request, response) => {
    response.setHeader('connection', 'close');
    request.resume().once('end', () => response.end('done'));
  });
  limitCrowd(server, { maxUnknown: 100 });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return port;
}

/** A connection that says nothing, from an address of its own. */
async function idle(port: number, from: string): Promise<net.Socket> {
  const socket = net.connect({ port, host: '127.0.0.1', localAddress: from });
  socket.on('error', () => undefined);
  onTestFinished(() => void socket.destroy());
  await once(socket, 'connect');
  return socket;
}

function health(port: number): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    http
      .get({ port, host: '127.0.0.1', path: '/health', agent: false }, (response) => {
        response.resume().once('end', () => resolve(response.statusCode));
      })
      .on('error', reject);
  });
}

test('however many idle connections there are, who asks is answered at once', async () => {
  const port = await serve();
  for (let count = 0; count < 250; count++) await idle(port, '127.0.0.1');
  for (let count = 0; count < 20; count++) expect(await health(port)).toBe(200);
});

test('the address with most connections gives way, oldest first; a slow sender is served', async () => {
  const port = await serve();
  const slow = await idle(port, '127.0.0.3');
  slow.write('POST /hooks/shop HTTP/1.1\r\nhost: x\r\ncontent-length: 4\r\n\r\nab');
  const first = await idle(port, '127.0.0.2');
  const second = await idle(port, '127.0.0.2');
  const gone = once(first, 'close');
  for (let count = 0; count < 98; count++) await idle(port, '127.0.0.2');
  await gone;
  expect([second.destroyed, slow.destroyed]).toEqual([false, false]);
  for (let count = 0; count < 150; count++) await idle(port, '127.0.0.2');
  slow.write('cd');
  const [answer] = (await once(slow, 'data')) as [Buffer];
  expect(answer.toString()).toMatch(/^HTTP\/1.1 200 /);
});

test('who says nothing, or a byte now and then, is sent away', async () => {
  const port = await freePorts(1);
  const server = http.createServer();
  limitCrowd(server, { requestMs: 500 });
  server.listen(port, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  const silent = await idle(port, '127.0.0.1');
  const dripping = await idle(port, '127.0.0.1');
  const drip = setInterval(() => dripping.write('G'), 100);
  onTestFinished(() => clearInterval(drip));
  silent.resume();
  dripping.resume();
  await Promise.all([once(silent, 'close'), once(dripping, 'close')]);
});
