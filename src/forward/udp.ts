import dgram from 'node:dgram';
import { messageOf } from '../kernel/index.ts';
import type { ForwardedLine, Sent, Target } from './target.ts';

/** One packet for each line. Whether it arrives nobody tells: only that nobody listens is known, a moment later. */
export function udpTarget(options: {
  name: string;
  address: { host: string; port: number };
  pieceBytes: number;
  encode: (line: ForwardedLine) => Buffer;
}): Target {
  const { name, address, pieceBytes, encode } = options;
  let open: dgram.Socket | null = null;
  let trouble: string | null = null;
  const drop = () => {
    open?.close();
    open = null;
  };
  return {
    ...{ name, pieceBytes, settleMs: 0 },
    isDelivered: () => true,
    async send(lines): Promise<Sent> {
      let count = 0;
      try {
        open ??= await connected(address, (why) => {
          trouble = why;
        });
        for (const line of lines) {
          await sendOne(open, encode(line));
          count += 1;
        }
      } catch (error) {
        trouble = messageOf(error);
      }
      const told = trouble;
      trouble = null;
      if (told !== null) drop();
      return { count, trouble: told };
    },
    async reach() {
      (await connected(address, () => undefined)).close();
    },
    async close() {
      drop();
    },
  };
}

function connected(
  { host, port }: { host: string; port: number },
  onError: (why: string) => void,
): Promise<dgram.Socket> {
  const socket = dgram.createSocket(host.includes(':') ? 'udp6' : 'udp4');
  return new Promise((resolve, reject) => {
    socket.once('error', reject);
    socket.connect(port, host, () => {
      socket.off('error', reject);
      socket.on('error', (error) => onError(messageOf(error)));
      socket.unref();
      resolve(socket);
    });
  });
}

function sendOne(socket: dgram.Socket, bytes: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.send(bytes, (error) => (error ? reject(error) : resolve()));
  });
}
