import net from 'node:net';
import tls from 'node:tls';
import { errnoOf } from '../kernel/index.ts';
import type { Attempt } from './connect-attempt.ts';
import { answersWithoutTls } from './connect-probe.ts';
import { type Place, unreachable, withoutTls } from './failure.ts';
import { tlsFailure } from './failure-tls.ts';
import { type Credentials, readCredentials, type TlsOptions } from './tls.ts';

/**
 * A plain node never answers the first message of TLS. After this long without an answer it is looked at: not sooner, for one
 * with TLS that is only slow notes an alert in the log of the app.
 */
const SILENCE_MS = 3000;

const READ_BYTES = 64 * 1024;

/** A connection to where a node listens, as far as TCP or TLS go. Throws `otp_unreachable`, `otp_tls` or `otp_timeout`. */
export async function connectSocket(
  place: Place,
  options: { tls: TlsOptions | null; attempt: Attempt },
): Promise<net.Socket> {
  const { attempt } = options;
  attempt.stage = `a connection to ${place.host}:${place.port}`;
  if (!options.tls) return await connectTcp(place, attempt);
  const credentials = await readCredentials(options.tls);
  return await connectTls(place, { ...options, tls: options.tls, credentials });
}

function connectTcp(place: Place, attempt: Attempt): Promise<net.Socket> {
  const { host, port } = place;
  const { promise, resolve, reject } = Promise.withResolvers<net.Socket>();
  const socket: net.Socket = net.connect({
    ...{ host, port, noDelay: true },
    // One buffer for all: that Node takes 64 KiB anew for each read costs more than this copy, mostly of a small message.
    onread: {
      buffer: Buffer.allocUnsafeSlow(READ_BYTES),
      callback(sizeBytes, buffer) {
        socket.emit('data', Buffer.from(buffer.subarray(0, sizeBytes)));
        return true;
      },
    },
  });
  const onError = (error: Error) => reject(refused(error, place));
  socket.once('error', onError);
  socket.once('connect', () => resolve(socket));
  return settled(promise, { socket, attempt, reject, onError });
}

function connectTls(
  place: Place,
  options: { tls: TlsOptions; credentials: Credentials; attempt: Attempt },
): Promise<net.Socket> {
  const { attempt, credentials } = options;
  const { peer, host, port } = place;
  const { promise, resolve, reject } = Promise.withResolvers<net.Socket>();
  const socket = tls.connect({ ...credentials, host, port });
  socket.setNoDelay(true);
  let silence: NodeJS.Timeout | undefined;
  const onError = (error: Error) =>
    reject(errnoOf(error) === 'ECONNREFUSED' ? refused(error, place) : tlsFailure(error, place, options.tls));
  socket.once('error', onError);
  socket.once('connect', () => {
    attempt.stage = `${peer} to answer the TLS handshake`;
    silence = setTimeout(() => {
      answersWithoutTls({ host, port, timeoutMs: attempt.remainingMs }).then((answers) => {
        if (answers) reject(withoutTls(peer));
      }, reject);
    }, SILENCE_MS);
  });
  socket.once('secureConnect', () => resolve(socket));
  return settled(promise, { socket, attempt, reject, onError }).finally(() => clearTimeout(silence));
}

/** The connection, or its end: where it fails, the attempt is over, or nobody listens to its errors any more. */
async function settled(
  promise: Promise<net.Socket>,
  options: {
    socket: net.Socket;
    attempt: Attempt;
    reject: (reason: unknown) => void;
    onError: (error: Error) => void;
  },
): Promise<net.Socket> {
  const { socket, attempt, reject, onError } = options;
  const release = attempt.onAbort(reject);
  try {
    const connected = await promise;
    connected.off('error', onError);
    return connected;
  } catch (error) {
    socket.on('error', () => {});
    socket.destroy();
    throw error;
  } finally {
    release();
  }
}

function refused(error: unknown, { peer, host, port }: Place) {
  return unreachable({
    error,
    what: `${peer} on ${host}:${port}`,
    host,
    refusedBecause:
      'epmd knows the node, and it does not listen: it stopped at this moment, or a firewall stands between',
  });
}
