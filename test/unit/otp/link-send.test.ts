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
});
