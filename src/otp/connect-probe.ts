import net from 'node:net';
import tls from 'node:tls';
import { errnoOf, withDeadline } from '../kernel/index.ts';
import { OFFERED_FLAGS } from './flags.ts';
import { frame } from './frame.ts';
import { sendName } from './handshake-messages.ts';
import { readCredentials, type TlsOptions } from './tls.ts';

/**
 * Whether a node refuses clients that show no certificate. OTP asks for one and lets clients in without it all the same,
 * unless its inet_tls.conf has `{fail_if_no_peer_cert, true}` for the server; the one who connects cannot see that from
 * the connection itself. So this makes a second, short one without a certificate, to a node that is known to take us with
 * one. True only where the node refused it by an alert of TLS; false where it let us in, or said nothing in time. Throws
 * `otp_tls` where our files cannot be read, or the signal's reason.
 */
export async function probeMutual(options: {
  host: string;
  /** Where the node listens (not epmd). */
  port: number;
  tls: TlsOptions;
  timeoutMs: number;
  signal?: AbortSignal | undefined;
}): Promise<boolean> {
  const { host, port, timeoutMs, signal } = options;
  const credentials = await readCredentials({ ...options.tls, isAnonymous: true });
  signal?.throwIfAborted();
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = tls.connect({ ...credentials, host, port });
  socket.on('error', (error) => resolve(/ALERT/.test(errnoOf(error) ?? '')));
  // An answer: the node listens to whoever has no certificate.
  socket.on('data', () => resolve(false));
  socket.on('close', () => resolve(false));
  socket.on('secureConnect', () => {
    // In TLS 1.2 the client's certificate is dealt with before this. In 1.3 it is dealt with after, and a node that wants
    // none stays silent until it is spoken to; one that wants one sends an alert and never reads this.
    if (socket.getProtocol() === 'TLSv1.3') for (const part of frame([PROBE_NAME], 4)) socket.write(part);
    else resolve(false);
  });
  return await inTime(promise, { socket, timeoutMs, signal });
}

/** A proper beginning of the handshake, because the node logs others. One name for all, because it keeps each as an atom. */
const PROBE_NAME = sendName({ flags: OFFERED_FLAGS, creation: 1, name: 'slipway-probe@probe' });

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
  { socket, timeoutMs, signal }: { socket: net.Socket; timeoutMs: number; signal?: AbortSignal | undefined },
): Promise<boolean> {
  try {
    return (await withDeadline({ ms: timeoutMs, signal }, () => found)) === true;
  } finally {
    socket.destroy();
  }
}
