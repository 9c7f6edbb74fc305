import { once } from 'node:events';
import net from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { FrameReader, frame, MAX_FRAME_BYTES } from '../../../src/otp/frame.ts';
import type { Peer } from '../../../src/otp/handshake.ts';
import { Link } from '../../../src/otp/link.ts';
import { waitFor } from '../../support/wait-for.ts';

describe('a link that is closed while the peer does not read', () => {
  it('keeps nothing of what comes, and sends what it was given', async () => {
    const server = net.createServer({ pauseOnConnect: true }).listen(0, '127.0.0.1');
    onTestFinished(() => void server.close());
    await once(server, 'listening');
    const socket = net.connect((server.address() as net.AddressInfo).port, '127.0.0.1');
    const [[other]] = (await Promise.all([once(server, 'connection'), once(socket, 'connect')])) as [
      [net.Socket],
      unknown,
    ];
    onTestFinished(() => void other.destroy());
    const reader = new FrameReader({ headerBytes: 4, maxBytes: MAX_FRAME_BYTES });
    const link = new Link({ socket, peer: { name: 'peer@host' } as Peer, reader });
    const frames: Uint8Array[] = [];
    link.onFrame((payload) => frames.push(payload));
    // More than the system takes for a peer that does not read.
    const large = Buffer.alloc(32 * 1024 ** 2);
    link.send(large);
    link.close();
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
});
