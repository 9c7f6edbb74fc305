import { once } from 'node:events';
import net from 'node:net';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { FrameReader, frame, MAX_FRAME_BYTES } from '../../../src/otp/frame.ts';
import type { Peer } from '../../../src/otp/handshake.ts';
import { Link } from '../../../src/otp/link.ts';
import { waitFor } from '../../support/wait-for.ts';

/** What is left to a link for sending what it was given before it was closed. */
const LINGER_MS = 5000;
/** More than the system takes for a peer that does not read. */
const large = Buffer.alloc(32 * 1024 ** 2);

describe('a link that is closed while the peer does not read', () => {
  it('keeps nothing of what comes, and sends what it was given', async () => {
    const { link, reader, socket, other } = await linked();
    const frames: Uint8Array[] = [];
    link.onFrame((payload) => frames.push(payload));
    link.send(large);
    // What it gives the peer to take that stands still here: the machine may be slow.
    vi.useFakeTimers({ toFake: ['setTimeout'] });
    link.close();
    vi.useRealTimers();
    // A whole frame, and the beginning of another.
    const coming = Buffer.concat([...frame([Buffer.alloc(1000)], 4), Buffer.of(0, 0, 1, 0, 7)]);
    other.write(coming);
    await waitFor('what comes to be read', () => socket.bytesRead === coming.length);
    expect(frames).toEqual([]);
    expect(reader.peek()).toHaveLength(0);
    let sizeBytes = 0;
    other.on('data', (chunk) => {
      sizeBytes += chunk.length;
    });
    other.resume();
    await once(other, 'end');
    expect(sizeBytes).toBe(large.length + 4);
  });

  it('is cut off where the peer takes nothing for too long', async () => {
    const { link, socket } = await linked();
    link.onFrame(() => {});
    link.send(large);
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    onTestFinished(() => void vi.useRealTimers());
    link.close();
    vi.advanceTimersByTime(LINGER_MS - 1);
    expect(socket.destroyed).toBe(false);
    vi.advanceTimersByTime(1);
    expect(socket.destroyed).toBe(true);
    expect(await link.closed).toEqual({ reason: 'closed by us' });
  });
});

/** A link, and the other end of its socket, which does not read. */
async function linked(): Promise<{ link: Link; reader: FrameReader; socket: net.Socket; other: net.Socket }> {
  const server = net.createServer({ pauseOnConnect: true }).listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  const socket = net.connect((server.address() as net.AddressInfo).port, '127.0.0.1');
  onTestFinished(() => void socket.destroy());
  const [[other]] = (await Promise.all([once(server, 'connection'), once(socket, 'connect')])) as [
    [net.Socket],
    unknown,
  ];
  onTestFinished(() => void other.destroy());
  const reader = new FrameReader({ headerBytes: 4, maxBytes: MAX_FRAME_BYTES });
  return { link: new Link({ socket, peer: { name: 'peer@host' } as Peer, reader }), reader, socket, other };
}
