import net from 'node:net';
import { withDeadline } from '../kernel/index.ts';
import { frame } from './frame.ts';

/**
 * Whether a node runs its distribution without TLS: a second, short connection says what is neither the handshake's nor
 * TLS. A plain node hangs up without a word; one with TLS sends an alert first, and a silent one says nothing of itself.
 */
export function answersWithoutTls(options: {
  host: string;
  port: number;
  timeoutMs: number;
}): Promise<boolean> {
  const { host, port, timeoutMs } = options;
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = net.connect({ host, port });
  let isConnected = false;
  socket.on('connect', () => {
    isConnected = true;
    for (const part of frame([NO_MESSAGE], 2)) socket.write(part);
  });
  socket.on('data', () => resolve(false));
  socket.on('error', () => resolve(false));
  socket.on('close', () => resolve(isConnected));
  return inTime(promise, { socket, timeoutMs });
}

/** Nodes hang up on a message without a tag of the handshake. As long as the header of a TLS record needs. */
const NO_MESSAGE = new Uint8Array(8);

/** Whether anything takes connections there. */
export function isListening(options: { host: string; port: number; timeoutMs: number }): Promise<boolean> {
  const { host, port, timeoutMs } = options;
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = net.connect({ host, port });
  socket.on('connect', () => resolve(true));
  socket.on('error', () => resolve(false));
  return inTime(promise, { socket, timeoutMs });
}

/** What was found out; false where that takes too long. */
async function inTime(
  found: Promise<boolean>,
  { socket, timeoutMs }: { socket: net.Socket; timeoutMs: number },
): Promise<boolean> {
  try {
    return (await withDeadline({ ms: timeoutMs }, () => found)) === true;
  } finally {
    socket.destroy();
  }
}
