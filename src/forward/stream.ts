import { once } from 'node:events';
import net from 'node:net';
import tls from 'node:tls';
import { messageOf, readPlainFile, unconfirmedBytes } from '../kernel/index.ts';
import type { ForwardedLine, Sent, Target } from './target.ts';
import { writeAll } from './write-all.ts';

/**
 * So long may lines lie in the kernels of both hosts that a server which ends never reads. Syslog has no answer by which that were
 * known: with the connection gone they are sent again.
 */
const SETTLE_MS = 2000;
const END_MS = 1000;

export interface StreamOptions {
  name: string;
  address: { host: string; port: number };
  /** Files of PEM; null: without TLS. */
  tls: { ca: string | null; cert: string | null; key: string | null } | null;
  pieceBytes: number;
  encode: (line: ForwardedLine) => Buffer;
  onLost: (why: string | null) => void;
}

/** Messages with their length before them, over TCP or TLS. */
export function streamTarget(options: StreamOptions): Target {
  const { name, pieceBytes, encode, onLost } = options;
  let open: net.Socket | null = null;
  /** Below TLS. */
  let wire: net.Socket | null = null;
  let unconfirmed: ((socket: net.Socket) => number | null) | null = null;
  let why = '';
  async function ready(signal: AbortSignal): Promise<net.Socket> {
    if (open) return open;
    unconfirmed ??= await unconfirmedBytes();
    const { socket, wire: below } = await connected(options, signal);
    wire = below;
    why = 'the connection was closed at the other end';
    socket.on('error', (error) => {
      why = messageOf(error);
    });
    // Nobody answers in this protocol: what is read tells that the other end is there still.
    socket.resume();
    socket.once('end', () => socket.destroy());
    socket.once('close', () => {
      if (open !== socket) return;
      open = null;
      onLost(null);
    });
    open = socket;
    return socket;
  }
  return {
    ...{ name, pieceBytes, settleMs: SETTLE_MS },
    isDelivered: () => open !== null && wire !== null && unconfirmed?.(wire) === 0,
    async send(lines, signal): Promise<Sent> {
      try {
        const socket = await ready(signal);
        const framed = lines.flatMap((line) => {
          const bytes = encode(line);
          return [Buffer.from(`${bytes.length} `), bytes];
        });
        await writeAll(socket, Buffer.concat(framed), signal);
        return { count: lines.length, trouble: null };
      } catch (error) {
        const trouble = signal.aborted ? 'it takes nothing' : messageOf(error);
        open?.destroy();
        return { count: 0, trouble: trouble === 'closed' ? why : trouble };
      }
    },
    async reach(signal) {
      (await connected(options, signal)).socket.destroy();
    },
    async close() {
      const socket = open;
      open = null;
      if (!socket || socket.destroyed) return;
      socket.end();
      await once(socket, 'close', { signal: AbortSignal.timeout(END_MS) }).catch(() => undefined);
      socket.destroy();
    },
  };
}

async function connected(
  { address, tls: files }: StreamOptions,
  signal: AbortSignal,
): Promise<{ socket: net.Socket; wire: net.Socket }> {
  const { host, port } = address;
  // Before there is a connection: where a file is missing or bad, nobody would hear of that one's errors.
  const secureContext = files && contextOf(files);
  const wire = net.connect({ host, port });
  const socket =
    secureContext === null
      ? wire
      : tls.connect({
          ...{ socket: wire, host, secureContext },
          ...(net.isIP(host) === 0 && { servername: host }),
        });
  try {
    await once(socket, secureContext === null ? 'connect' : 'secureConnect', { signal });
  } catch (error) {
    socket.destroy();
    wire.destroy();
    throw signal.aborted ? new Error('it does not answer') : error;
  }
  wire.setKeepAlive(true, 30_000);
  wire.setNoDelay(true);
  socket.unref();
  wire.unref();
  return { socket, wire };
}

function contextOf({ ca, cert, key }: NonNullable<StreamOptions['tls']>): tls.SecureContext {
  return tls.createSecureContext({
    minVersion: 'TLSv1.2',
    ...(ca !== null && { ca: readPlainFile(ca) }),
    ...(cert !== null && { cert: readPlainFile(cert) }),
    ...(key !== null && { key: readPlainFile(key) }),
  });
}
