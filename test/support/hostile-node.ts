import { createHash, randomInt } from 'node:crypto';
import { once } from 'node:events';
import net from 'node:net';
import { onTestFinished } from 'vitest';
import { demandedBy, flagMask } from '../../src/otp/flags.ts';
import { FrameReader } from '../../src/otp/frame.ts';
import { Connection } from '../../src/otp/index.ts';
import { FrameWriter, readSignal } from '../../src/otp/pass-through.ts';
import { Pid, Reference, Tuple, tuple } from '../../src/otp/term/index.ts';
import { waitFor } from './wait-for.ts';

const COOKIE = 'monster';

/** What shakes hands as an Erlang node does, and then does as the test likes. */
export interface HostileNode {
  connection: Connection;
  /** What it was asked last, to be answered with whatever. */
  asked: () => { from: Pid; reference: Reference };
  /** Writes a frame: four bytes of length, and what is there of it. */
  send: (payload: Uint8Array, announcedBytes?: number) => void;
  socket: net.Socket;
}

export async function connectHostileNode(options: { maxFrameBytes?: number } = {}): Promise<HostileNode> {
  const node = await listen();
  const epmd = await listen();
  const peer = `hostile${randomInt(1e9)}@127.0.0.1`;
  epmd.on('connection', (socket) => {
    socket.on('error', () => undefined);
    socket.once('data', () => socket.end(registration(peer, portOf(node))));
  });
  const greeted = once(node, 'connection').then(([socket]) => greet(socket as net.Socket, peer));
  const opened = Connection.open({
    ...options,
    ...{ local: 'agent@127.0.0.1', peer, cookie: COOKIE, tls: null },
    ...{ epmdPort: portOf(epmd), timeoutMs: 30_000 },
  });
  const [socket, connection] = await Promise.all([greeted, opened]);
  onTestFinished(() => connection.close());
  const questions = readQuestions(socket);
  await waitFor('the first question', () => questions.length > 0);
  const send = (payload: Uint8Array, announcedBytes = payload.length) => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(announcedBytes);
    socket.write(length);
    socket.write(payload);
  };
  const asked = () => questions.at(-1) as { from: Pid; reference: Reference };
  const answer = new FrameWriter().write({
    ...{ op: 'send', from: null, to: asked().from },
    message: tuple(asked().reference, 60),
  });
  // Of how often it wants ticks: else it would be asked that for a while.
  send(answer);
  return { connection, send, socket, asked };
}

/** Calls by rpc: `{'$gen_call', {Pid, Reference}, ...}`. */
function readQuestions(socket: net.Socket): { from: Pid; reference: Reference }[] {
  const questions: { from: Pid; reference: Reference }[] = [];
  const reader = new FrameReader({ headerBytes: 4, maxBytes: 1 << 20 });
  socket.on('data', (chunk: Buffer) => {
    reader.push(chunk);
    for (let payload = reader.next(); payload; payload = reader.next()) {
      const signal = payload.length > 0 ? readSignal(payload) : null;
      if (signal?.op !== 'send' || !(signal.message instanceof Tuple)) continue;
      const asker = signal.message.elements[1];
      const [from, reference] = asker instanceof Tuple ? asker.elements : [];
      if (from instanceof Pid && reference instanceof Reference) questions.push({ from, reference });
    }
  });
  return questions;
}

async function listen(): Promise<net.Server> {
  const server = net.createServer().listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  return server;
}

function portOf(server: net.Server): number {
  return (server.address() as net.AddressInfo).port;
}

function registration(peer: string, port: number): Buffer {
  const alive = Buffer.from(peer.split('@')[0] ?? '');
  const fixed = Buffer.from([119, 0, port >> 8, port & 255, 77, 0, 0, 6, 0, 5, 0, alive.length]);
  return Buffer.concat([fixed, alive, Buffer.of(0, 0)]);
}

async function greet(socket: net.Socket, peer: string): Promise<net.Socket> {
  socket.on('error', () => undefined);
  onTestFinished(() => void socket.destroy());
  await message(socket);
  const challenge = Buffer.alloc(19);
  challenge.write('N');
  challenge.writeBigUInt64BE(demandedBy(26) | flagMask('SPAWN'), 1);
  challenge.writeUInt32BE(1, 9);
  challenge.writeUInt32BE(1, 13);
  challenge.writeUInt16BE(peer.length, 17);
  socket.write(framed(Buffer.from('sok')));
  socket.write(framed(Buffer.concat([challenge, Buffer.from(peer)])));
  const reply = await message(socket);
  const digest = createHash('md5')
    .update(`${COOKIE}${reply.readUInt32BE(1)}`)
    .digest();
  socket.write(framed(Buffer.concat([Buffer.from('a'), digest])));
  return socket;
}

/** The messages of a handshake come one at a time, each waiting for the other side. */
async function message(socket: net.Socket): Promise<Buffer> {
  for (;;) {
    const length = socket.read(2) as Buffer | null;
    if (length === null) await once(socket, 'readable');
    else {
      const bytes = length.readUInt16BE();
      for (;;) {
        const body = socket.read(bytes) as Buffer | null;
        if (body) return body;
        await once(socket, 'readable');
      }
    }
  }
}

function framed(payload: Buffer): Buffer {
  return Buffer.concat([Buffer.of(payload.length >> 8, payload.length & 255), payload]);
}
