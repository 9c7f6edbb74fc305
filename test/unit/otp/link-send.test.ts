import { once } from 'node:events';
import net from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { FrameReader, MAX_FRAME_BYTES } from '../../../src/otp/frame.ts';
import type { Peer } from '../../../src/otp/handshake.ts';
import { Link } from '../../../src/otp/link.ts';

/** A link, and the other end of its connection. */
async function begin(): Promise<{ link: Link; other: net.Socket }> {
  const server = net.createServer().listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  const socket = net.connect((server.address() as net.AddressInfo).port, '127.0.0.1');
  const [[other]] = (await Promise.all([once(server, 'connection'), once(socket, 'connect')])) as [
    [net.Socket],
    [],
  ];
  const peer = { name: 'peer@host' } as Peer;
  const link = new Link({
    socket,
    peer,
    reader: new FrameReader({ headerBytes: 4, maxBytes: MAX_FRAME_BYTES }),
  });
  onTestFinished(() => {
    other.destroy();
    link.close();
  });
  return { link, other };
}

async function hexOf(socket: net.Socket, sizeBytes: number): Promise<string> {
  let hex = '';
  for await (const chunk of socket.iterator({ destroyOnReturn: false })) {
    hex += chunk.toString('hex');
    if (hex.length >= 2 * sizeBytes) break;
  }
  return hex;
}

describe('what a link sends', () => {
  it('leaves at once where it is the first since something came, and together where it is more', async () => {
    const { link, other } = await begin();
    const come = new Promise((resolve) => link.onFrame(resolve));
    for (const turn of [1, 2]) {
      link.send(Buffer.of(turn));
      expect(link.writableBytes).toBe(0);
      link.send(Buffer.of(turn, 2));
      link.send(Buffer.of(turn, 3));
      expect(link.writableBytes).toBe(12);
      const expected = [`000000010${turn}`, `000000020${turn}02`, `000000020${turn}03`].join('');
      expect(await hexOf(other, 17)).toBe(expected);
      expect(link.writableBytes).toBe(0);
      other.write(Buffer.of(0, 0, 0, 1, 9));
      await come;
    }
  });

  it('arrives whole and in order, however much one turn sends and however large the frames are', async () => {
    const { link, other } = await begin();
    const payloads = [40_000, 0, 30_000, 16_384, 16_385, ...Array<number>(3000).fill(100), 70_000, 1].map(
      (sizeBytes, i) => Buffer.alloc(sizeBytes, i),
    );
    for (const payload of payloads) link.send(payload);
    link.close();
    const reader = new FrameReader({ headerBytes: 4, maxBytes: MAX_FRAME_BYTES });
    for await (const chunk of other) reader.push(chunk);
    for (const payload of payloads) expect(payload.equals(reader.next() ?? Buffer.of(1, 2, 3))).toBe(true);
    expect(reader.next()).toBeNull();
  });

  it('goes on after one that is too large for any link', async () => {
    const { link, other } = await begin();
    expect(() => link.send({ length: MAX_FRAME_BYTES + 1 } as Uint8Array)).toThrow(/too large|bytes/);
    link.send(Buffer.from('small'));
    const [chunk] = (await once(other, 'data')) as [Buffer];
    expect(chunk).toEqual(Buffer.from('\0\0\0\x05small', 'latin1'));
  });

  it('waits apart from what was sent before, for a peer that reads late', async () => {
    const { link, other } = await begin();
    // More than the system takes for it.
    link.send(Buffer.alloc(16 * 1024 ** 2));
    const payloads = Array.from({ length: 2000 }, (_, i) => Buffer.alloc(100, i));
    for (const payload of payloads) {
      link.send(payload);
      await new Promise(process.nextTick);
    }
    link.close();
    const reader = new FrameReader({ headerBytes: 4, maxBytes: MAX_FRAME_BYTES });
    for await (const chunk of other) reader.push(chunk);
    expect(reader.next()).toHaveLength(16 * 1024 ** 2);
    for (const payload of payloads) expect(payload.equals(reader.next() ?? Buffer.of())).toBe(true);
    expect(reader.next()).toBeNull();
  });
});
