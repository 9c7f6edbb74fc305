import { randomBytes, randomInt } from 'node:crypto';
import { once } from 'node:events';
import net from 'node:net';
import { inspect } from 'node:util';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { Attempt } from '../../../src/otp/connect-attempt.ts';
import { shakeHands } from '../../../src/otp/connect-handshake.ts';
import { connectSocket } from '../../../src/otp/connect-socket.ts';
import { demandedBy, flagMask, OFFERED_FLAGS } from '../../../src/otp/flags.ts';
import type { Peer } from '../../../src/otp/handshake.ts';
import { type Link, type LinkOptions, openLink } from '../../../src/otp/index.ts';
import { setUpAll } from '../../support/before-all.ts';
import { untilSeen } from '../../support/erlang-connection.ts';
import { type ErlangNode, SHORT_HOST, startErlangNode } from '../../support/erlang-node.ts';
import { freePorts } from '../../support/free-port.ts';
import { waitFor } from '../../support/wait-for.ts';

const TIMEOUT_MS = 60_000;

describe('a link to a node', () => {
  let node: ErlangNode;
  setUpAll(async (cleanUp) => {
    node = await startErlangNode({ cleanUp });
  });

  it('is one of a hidden node: it is among the hidden ones, and not in nodes()', async () => {
    const link = await open(node);
    await untilSeen(node, link.local);
    expect(await node.evaluate('nodes()')).toBe('[]');
    expect(link.peer).toMatchObject({ name: node.name });
    // The peer's identifiers have its creation; it tells us the same.
    expect(await node.evaluate('erts_internal:get_creation()')).toBe(String(link.peer.creation));
    // What both can, and nothing that we did not offer.
    expect(link.peer.flags & ~OFFERED_FLAGS).toBe(0n);
    expect(link.peer.flags & demandedBy(26)).toBe(demandedBy(26));
  });

  it('carries frames both ways, as they are', async () => {
    const link = await open(node);
    const heard = collect(link);
    // The node takes a tick without a word.
    link.tick();
    await node.evaluate(`{nobody, '${link.local}'} ! hello, ok`);
    const [frame] = await waitFor('the frame of the message', () => heard.length > 0 && heard);
    // Pass-through, a control tuple {6, FromPid, '', nobody}, then the message.
    expect(frame?.subarray(0, 5).toString('hex')).toBe('7083680461');
    expect(frame?.toString('latin1')).toContain('nobody');
    expect(frame?.subarray(-6).toString('latin1')).toMatch(/hello$/);
  });

  it('ends without an error when we close it, and the node notices', async () => {
    const link = await open(node);
    link.onFrame(() => {});
    await untilSeen(node, link.local);
    link.close();
    expect(await link.closed).toEqual({ reason: 'closed by us' });
    await waitFor(
      'the node to notice',
      async () => !(await node.evaluate('nodes(hidden)')).includes(link.local),
    );
  });

  it('sends what waits before it closes', async () => {
    const link = await open(node);
    link.onFrame(() => {});
    await node.evaluate(
      'Parent = self(), spawn(fun() -> register(nobody, self()), Parent ! ready, receive Last -> persistent_term:put(told, byte_size(Last)) end end), receive ready -> ok end',
    );
    link.send(toNobody(link.local, Buffer.alloc(2 ** 22)));
    // What it gives the node to take that stands still here: the machine may be slow.
    vi.useFakeTimers({ toFake: ['setTimeout'] });
    link.close();
    vi.useRealTimers();
    link.send(toNobody(link.local, Buffer.alloc(1)));
    expect(await waitFor('the message to arrive', () => node.evaluate('persistent_term:get(told)'))).toBe(
      String(2 ** 22),
    );
  });

  it('tells of nothing more once it is closed', async () => {
    const link = await open(node);
    let heard = 0;
    link.onFrame(() => {
      heard++;
      link.close();
    });
    await node.evaluate(`[{nobody, '${link.local}'} ! hello || _ <- lists:seq(1, 1000)], ok`);
    await link.closed;
    await waitFor(
      'the node to notice',
      async () => !(await node.evaluate('nodes(hidden)')).includes(link.local),
    );
    expect(heard).toBe(1);
  });

  it('ends with an error when the node is killed', async () => {
    const other = await startErlangNode({ epmd: node.epmd });
    const link = await open(other);
    link.onFrame(() => {});
    await other.kill();
    expect(await link.closed).toMatchObject({
      error: { code: 'otp_disconnected', message: expect.stringContaining(other.name) },
    });
  });

  it('ends with an error when the node disconnects us', async () => {
    const link = await open(node);
    link.onFrame(() => {});
    await untilSeen(node, link.local);
    expect(await node.evaluate(`erlang:disconnect_node('${link.local}')`)).toBe('true');
    expect(await link.closed).toMatchObject({ error: { code: 'otp_disconnected' } });
  });

  it('ends with what its listener throws', async () => {
    const link = await open(node);
    link.onFrame(() => {
      throw new Error('not understood');
    });
    await node.evaluate(`{nobody, '${link.local}'} ! hello, ok`);
    expect(await link.closed).toMatchObject({
      error: { code: 'otp_disconnected', message: expect.stringContaining('not understood') },
    });
  });

  it('takes the place of a former one of the same name that the node takes to be alive', async () => {
    const local = name();
    const former = await open(node, { local });
    former.onFrame(() => {});
    await untilSeen(node, local.name);
    const link = await open(node, { local });
    expect(await former.closed).toMatchObject({ error: { code: 'otp_disconnected' } });
    const heard = collect(link);
    await waitFor('a message to arrive over the new link', async () => {
      await node.evaluate(`{nobody, '${link.local}'} ! hello, ok`);
      return heard.length > 0;
    });
  });

  it('is refused with a wrong cookie by an error of its own, which does not tell the cookie', async () => {
    const refused = await failureOf(open(node, { cookie: 'a-cookie-of-ours' }));
    expect(refused).toMatchObject({
      code: 'otp_cookie',
      message: `${node.name} refused our cookie`,
      hint: expect.stringContaining('otp.cookie'),
    });
    expect(inspect(refused)).not.toContain('a-cookie-of-ours');
  });

  it('is not refused for its cookie by a node that ends in the middle of the handshake', async () => {
    const port = await ending(await portOf(node));
    expect(await failureOf(open(node, { epmdPort: await answering(port) }))).toMatchObject({
      code: 'otp_refused',
      message: expect.stringContaining('in the middle of the handshake'),
    });
  });

  it.each(['MAP_TAG', 'HANDSHAKE_23', 'BIG_CREATION', 'EXPORT_PTR_TAG'])(
    'is refused without the flag %s, which the node demands',
    async (flag) => {
      // The abbreviation would stand for it.
      const flags = OFFERED_FLAGS & ~flagMask(flag) & ~flagMask('MANDATORY_25_DIGEST');
      expect(await failureOf(shake(node, flags))).toMatchObject({
        code: 'otp_refused',
        message: `${node.name} does not allow the connection`,
      });
    },
  );

  it('takes MANDATORY_25_DIGEST at bit 26 for all that OTP 25 demands, and not at bit 36', async () => {
    const rest = OFFERED_FLAGS & ~demandedBy(25) & ~flagMask('MANDATORY_25_DIGEST');
    expect(await shake(node, rest | (1n << 26n))).toMatchObject({ name: node.name });
    expect(await failureOf(shake(node, rest | (1n << 36n)))).toMatchObject({ code: 'otp_refused' });
  });

  it('is refused by a node that allows only others', async () => {
    const guarded = await startErlangNode({ epmd: node.epmd });
    await guarded.evaluate(`net_kernel:allow(['friend@${SHORT_HOST}'])`);
    expect(await failureOf(open(guarded))).toMatchObject({
      code: 'otp_refused',
      hint: expect.stringContaining('net_kernel:allow/1'),
    });
  });

  it('is refused to a node of another name than the one asked for', async () => {
    // epmd has an old entry: it sends those who ask for the one to the port of the other.
    const other = await startErlangNode({ epmd: node.epmd });
    const port = await answering(await portOf(other));
    expect(await failureOf(open(node, { epmdPort: port, cookie: other.cookie }))).toMatchObject({
      code: 'otp_name',
      message: `${node.name} was asked for, and ${other.name} answered`,
    });
    expect(await other.evaluate('nodes(hidden)')).toBe('[]');
  });

  it('is refused to a node that epmd knows and that does not listen', async () => {
    const port = await answering(await freePorts(1));
    expect(await failureOf(open(node, { epmdPort: port }))).toMatchObject({
      code: 'otp_unreachable',
      message: expect.stringContaining('nothing listens'),
      hint: expect.stringContaining('epmd knows the node'),
    });
  });

  it('is refused to a node of the distribution before OTP 23', async () => {
    const port = await answering(await portOf(node), 5);
    expect(await failureOf(open(node, { epmdPort: port }))).toMatchObject({
      code: 'otp_refused',
      message: expect.stringContaining('version 5'),
    });
  });

  it('is refused to what is no node', async () => {
    const server = net.createServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
    const port = await answering(await listen(server));
    expect(await failureOf(open(node, { epmdPort: port }))).toMatchObject({
      code: 'otp_refused',
      hint: expect.stringContaining('no Erlang node'),
    });
  });

  it('is given up in time where the node hangs, and the stage is named', async () => {
    const hung = await startErlangNode({ epmd: node.epmd });
    const { port, heard } = await listening(await portOf(hung));
    const epmdPort = await answering(port);
    await hung.stop();
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    onTestFinished(() => void vi.useRealTimers());
    const failure = failureOf(open(hung, { epmdPort, timeoutMs: 3000 }));
    await Promise.race([heard, failure]);
    vi.advanceTimersByTime(3000);
    expect(await failure).toMatchObject({
      code: 'otp_timeout',
      message: `the connection to ${hung.name} was given up after 3.0s: waited in vain for ${hung.name} to send its status`,
      exitStatus: 124,
    });
  });

  it('comes about whatever pieces the bytes come in', async () => {
    const relay = await splitting(await portOf(node));
    const link = await open(node, { epmdPort: await answering(relay) });
    const heard = collect(link);
    await node.evaluate(`{nobody, '${link.local}'} ! <<0:80000>>, ok`);
    const [frame] = await waitFor('the frame of the message', () => heard.length > 0 && heard);
    expect(frame?.length).toBeGreaterThan(10_000);
  });

  it('tells its listener of what came in one piece with the end of the handshake', async () => {
    // No tick comes to the aid of what was left lying.
    const greeting = await startErlangNode({ epmd: node.epmd, flags: ['-kernel', 'net_ticktime', '3600'] });
    await greeting.evaluate(
      `Parent = self(),
       spawn(fun() -> net_kernel:monitor_nodes(true, [{node_type, all}]), Parent ! ready, receive {nodeup, Node, _} -> {nobody, Node} ! hello, timer:sleep(infinity) end end),
       receive ready -> ok end`,
    );
    const relay = await merging(await portOf(greeting));
    const heard = collect(await open(greeting, { epmdPort: await answering(relay) }));
    await waitFor('the greeting', () => heard.some((frame) => frame.toString('latin1').endsWith('hello')));
  });
});

/** A link under a name of its own, closed with the test. */
async function open(node: ErlangNode, options: Partial<LinkOptions> = {}): Promise<Link & { local: string }> {
  const { local = name() } = options;
  const link = await openLink({
    local,
    peer: node.name,
    cookie: node.cookie,
    tls: null,
    epmdPort: node.epmd.port,
    timeoutMs: TIMEOUT_MS,
    ...options,
  });
  onTestFinished(() => link.close());
  return Object.assign(link, { local: local.name });
}

function name(): LinkOptions['local'] {
  return {
    name: `us${randomBytes(6).toString('hex')}@${SHORT_HOST}`,
    creation: randomInt(1, 2 ** 32),
  };
}

function collect(link: Link): Buffer[] {
  const frames: Buffer[] = [];
  link.onFrame((frame) => frames.push(Buffer.from(frame)));
  return frames;
}

async function failureOf(promise: Promise<unknown>): Promise<unknown> {
  return await promise.then(
    () => 'it came about',
    (error) => error,
  );
}

/** The handshake alone, with other flags than ours. */
async function shake(node: ErlangNode, flags: bigint): Promise<Peer> {
  const place = { peer: node.name, host: SHORT_HOST, port: await portOf(node) };
  const parties = {
    local: name(),
    peer: node.name,
    cookie: node.cookie,
    flags,
    challenge: randomInt(2 ** 32),
  };
  using attempt = new Attempt({ what: 'the handshake', timeoutMs: TIMEOUT_MS });
  const socket = await connectSocket(place, { tls: null, attempt });
  onTestFinished(() => void socket.destroy());
  return (await shakeHands({ socket, parties, place, tls: null, attempt, maxFrameBytes: 2 ** 20 })).peer;
}

/** REG_SEND of a binary to a name that nobody has: `{6, FromPid, '', nobody}`, then the message. */
function toNobody(from: string, bytes: Buffer): Buffer {
  const atom = (text: string) => Buffer.concat([Buffer.from([119, text.length]), Buffer.from(text)]);
  const pid = Buffer.concat([Buffer.from([88]), atom(from), Buffer.from('000000010000000000000001', 'hex')]);
  const size = Buffer.alloc(4);
  size.writeUInt32BE(bytes.length);
  return Buffer.concat([
    Buffer.from([112, 131, 104, 4, 97, 6]),
    ...[pid, atom(''), atom('nobody')],
    ...[Buffer.from([131, 109]), size, bytes],
  ]);
}

async function portOf(node: ErlangNode): Promise<number> {
  const answer = await node.evaluate(`erl_epmd:port_please("${node.alive}", "${SHORT_HOST}")`);
  return Number(answer.split(',')[1]);
}

/** An epmd that gives everyone the same port. */
async function answering(port: number, highestVersion = 6): Promise<number> {
  const answer = Buffer.from('770000004d00000600050001610000', 'hex');
  answer.writeUInt16BE(port, 2);
  answer.writeUInt16BE(highestVersion, 6);
  return await listen(net.createServer((socket) => void socket.once('data', () => socket.end(answer))));
}

/** A relay to the port, and the moment in which we have said something to it. */
async function listening(port: number): Promise<{ port: number; heard: Promise<void> }> {
  const heard = Promise.withResolvers<void>();
  const server = net.createServer((client) => {
    client.once('data', () => heard.resolve());
    const upstream = net.connect(port, '127.0.0.1').on('error', () => {});
    client.pipe(upstream).pipe(client);
  });
  return { port: await listen(server), heard: heard.promise };
}

/** A relay to the port that sends each byte of the node's by itself. */
async function splitting(port: number): Promise<number> {
  return await listen(
    net.createServer({ noDelay: true }, (client) => {
      const upstream = net.connect(port, '127.0.0.1');
      client.on('error', () => {}).pipe(upstream);
      upstream.on('error', () => {}).on('close', () => client.destroy());
      upstream.on('data', async (chunk: Buffer) => {
        upstream.pause();
        for (let at = 0; at < chunk.length; at++)
          await new Promise((done) => client.write(chunk.subarray(at, at + 1), done));
        upstream.resume();
      });
    }),
  );
}

/** A relay to the port that ends, and listens no more, when it is shown the proof of the cookie. */
async function ending(port: number): Promise<number> {
  const server = net.createServer((client) => {
    const upstream = net.connect(port, '127.0.0.1').on('error', () => {});
    upstream.pipe(client);
    client.once('data', (ourName) => {
      upstream.write(ourName);
      client.once('data', () => {
        server.close();
        client.destroy();
        upstream.destroy();
      });
    });
  });
  return await listen(server);
}

/** A relay to the port that holds back the node's last word of the handshake until more comes behind it. */
async function merging(port: number): Promise<number> {
  const ACKNOWLEDGEMENT_BYTES = 2 + 17;
  return await listen(
    net.createServer((client) => {
      const upstream = net.connect(port, '127.0.0.1');
      let messages = 0;
      let held = Buffer.alloc(0);
      client.on('data', (chunk) => {
        messages++;
        upstream.write(chunk);
      });
      upstream.on('error', () => {}).on('close', () => client.destroy());
      upstream.on('data', (chunk) => {
        held = Buffer.concat([held, chunk]);
        // Our name, then our proof.
        if (messages === 2 && held.length <= ACKNOWLEDGEMENT_BYTES) return;
        client.write(held);
        held = Buffer.alloc(0);
      });
    }),
  );
}

async function listen(server: net.Server): Promise<number> {
  const port = await freePorts(1);
  const sockets = new Set<net.Socket>();
  server.on('connection', (socket) => sockets.add(socket.on('error', () => {})));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  server.listen(port);
  await once(server, 'listening');
  return port;
}
