import { spawn } from 'node:child_process';
import { once } from 'node:events';
import net, { type AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { listeningPorts } from '../../../src/supervisor/index.ts';
import { listeners, loopbackPorts, SOCKET_FILES } from '../../../src/supervisor/listening.ts';
import { listensElsewhere } from '../../../src/supervisor/listens-elsewhere.ts';

const HEAD =
  '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n';
const line = (local: string, state: string) =>
  `   0: ${local} 00000000:0000 ${state} 00000000:00000000 00:00000000 00000000     0        0 1 1 0 100 0 0 10 0\n`;

async function listen(host: string): Promise<number> {
  const server = net.createServer().listen(0, host);
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

test('who listens is known, wherever it does, and of those at the loopback it is known too', async () => {
  const here = await Promise.all(['127.0.0.1', '0.0.0.0', '::1', '::'].map(listen));
  const elsewhere = await listen('127.0.0.2');
  const atLoopback = SOCKET_FILES.flatMap((file) => [...loopbackPorts(file)]);
  for (const port of here) expect(atLoopback).toContain(port);
  expect(atLoopback).not.toContain(elsewhere);
  for (const port of [...here, elsewhere]) expect(listeningPorts()).toContain(port);
});

test('a port is not listened on for there being connections at it', async () => {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const client = net.connect(port, '127.0.0.1');
  const [peer] = await once(server, 'connection');
  onTestFinished(() => {
    client.destroy();
    peer.destroy();
  });
  server.close();
  expect(listeningPorts()).not.toContain(port);
});

test('what is read in pieces is read as a whole, and nothing is read beyond those that listen', () => {
  const text = HEAD + line('0100007F:1F90', '0A') + line('00000000:0050', '0A');
  const ports = (chunks: Iterable<string>) => [...listeners(chunks)].map(({ port }) => port);
  for (let at = 0; at <= text.length; at++)
    expect(ports([text.slice(0, at), text.slice(at)])).toEqual([8080, 80]);
  function* endless() {
    yield text + line('0100007F:1F91', '01');
    throw new Error('a line for each connection of a busy host');
  }
  expect(ports(endless())).toEqual([8080, 80]);
});

const LISTENS = `const server = require('net').createServer().listen({ host: process.argv[1], port: 0 }, () => console.log(server.address().port))`;

test.each([
  ['127.0.0.1', 'it listens on port PORT instead', ''],
  ['127.0.0.2', 'it listens on port PORT instead', 'it listens on port PORT of another address'],
])(
  'of a process that listens at %s on another port than it should, that one is told',
  async (host, elsewhere, here) => {
    const child = spawn(process.execPath, ['-e', LISTENS, host], { stdio: ['ignore', 'pipe', 'ignore'] });
    onTestFinished(() => void child.kill('SIGKILL'));
    const [text] = (await once(child.stdout, 'data')) as [Buffer];
    const port = Number(text.toString());
    const pids = [child.pid ?? 0];
    expect(listensElsewhere(pids, port + 1)).toBe(elsewhere.replace('PORT', `${port}`));
    expect(listensElsewhere(pids, port)).toContain(here.replace('PORT', `${port}`));
    expect(listensElsewhere([], port)).toBe('');
  },
);
