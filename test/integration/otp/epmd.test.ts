import { once } from 'node:events';
import net from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { endEpmd, lookUp } from '../../../src/otp/index.ts';
import { setUpAll } from '../../support/before-all.ts';
import { type ErlangNode, SHORT_HOST, startEpmd, startErlangNode } from '../../support/erlang-node.ts';
import { freePorts } from '../../support/free-port.ts';
import { waitFor } from '../../support/wait-for.ts';

const TIMEOUT_MS = 60_000;

describe('epmd', () => {
  let node: ErlangNode;
  setUpAll(async (cleanUp) => {
    node = await startErlangNode({ cleanUp });
  });

  const ask = (name: string, port = node.epmd.port) =>
    lookUp({ name, host: SHORT_HOST, port, timeoutMs: TIMEOUT_MS });

  it('gives the port that a node listens on, and the versions that it speaks', async () => {
    const found = await ask(node.alive);
    expect(found).toMatchObject({ name: node.alive, highestVersion: 6 });
    // The runtime's own client says the same.
    expect(await node.evaluate(`erl_epmd:port_please("${node.alive}", "${SHORT_HOST}")`)).toBe(
      `{port,${found.port},6}`,
    );
  });

  it('does not know a node that was never there, and says how to see those that are', async () => {
    await expect(ask('nobody')).rejects.toMatchObject({
      code: 'otp_unreachable',
      message: `epmd on ${SHORT_HOST}:${node.epmd.port} does not know a node nobody`,
      next: `epmd -port ${node.epmd.port} -names`,
    });
  });

  it('ends when it is asked to, unless it knows a node', async () => {
    expect(await endEpmd(node.epmd.port)).toBe(false);
    expect(await ask(node.alive)).toMatchObject({ name: node.alive });
    const idle = await startEpmd();
    expect(await endEpmd(idle.port)).toBe(true);
    await waitFor('it to be gone', async () => !(await endEpmd(idle.port)));
  });

  it('that is down is told apart from a node that is not there', async () => {
    const epmd = await startEpmd();
    await epmd.kill();
    await expect(ask('nobody', epmd.port)).rejects.toMatchObject({
      code: 'otp_unreachable',
      message: `nothing listens: epmd on ${SHORT_HOST}:${epmd.port} refused the connection`,
      hint: expect.stringContaining('epmd is started by the first Erlang node'),
    });
  });

  it('on a host that does not exist is told apart from one that is down', async () => {
    await expect(lookUp({ name: 'a', host: 'nowhere.invalid', timeoutMs: TIMEOUT_MS })).rejects.toMatchObject(
      { code: 'otp_unreachable', message: expect.stringContaining('there is no host nowhere.invalid') },
    );
  });

  it('that stays silent is given up in time, and what was waited for is named', async () => {
    const port = await listen(() => {});
    await expect(lookUp({ name: 'a', host: '127.0.0.1', port, timeoutMs: 50 })).rejects.toMatchObject({
      code: 'otp_timeout',
      message: `a look-up of a on 127.0.0.1 was given up after 50ms: waited in vain for epmd on 127.0.0.1:${port} to answer`,
    });
  });

  it('may answer one byte at a time', async () => {
    const answer = Buffer.concat([Buffer.from('7700a01f4d00000600050001', 'hex'), Buffer.from('a\0\0')]);
    const port = await listen(async (socket) => {
      socket.setNoDelay(true);
      for (const byte of answer) await new Promise((done) => socket.write(Buffer.from([byte]), done));
      socket.end();
    });
    expect(await ask('a', port)).toMatchObject({ port: 0xa01f, name: 'a' });
  });

  it.each([
    ['another protocol', 'HTTP/1.1 400 Bad Request\r\n\r\n', "none of epmd's"],
    ['half an answer', 'w\0\x12', 'closed the connection in the middle of an answer (3 bytes)'],
    ['nothing', '', 'closed the connection in the middle of an answer (0 bytes)'],
  ])('that says %s is no epmd', async (_, words, message) => {
    const port = await listen((socket) => socket.end(words));
    await expect(ask('a', port)).rejects.toMatchObject({
      code: 'otp_refused',
      message: expect.stringContaining(message),
    });
  });

  it('is no longer asked when whoever wants to know gives up', async () => {
    const [port, connected] = [await freePorts(1), Promise.withResolvers<net.Socket>()];
    const server = net.createServer((socket) => connected.resolve(socket)).listen(port, '127.0.0.1');
    onTestFinished(() => void server.close());
    await once(server, 'listening');
    const giveUp = new AbortController();
    const asked = lookUp({
      name: 'a',
      host: '127.0.0.1',
      port,
      timeoutMs: TIMEOUT_MS,
      signal: giveUp.signal,
    });
    const socket = await connected.promise;
    giveUp.abort(new Error('enough'));
    await expect(asked).rejects.toThrow('enough');
    socket.resume();
    await once(socket, 'close');
  });
});

/** Something that listens where epmd is expected; the result is its port. */
async function listen(onConnection: (socket: net.Socket) => void): Promise<number> {
  const port = await freePorts(1);
  const sockets: net.Socket[] = [];
  const server = net.createServer((socket) => {
    sockets.push(socket.on('error', () => {}));
    onConnection(socket);
  });
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  server.listen(port);
  await once(server, 'listening');
  return port;
}
