import type net from 'node:net';
import type { Attempt } from './connect-attempt.ts';
import { isListening } from './connect-probe.ts';
import { closedDuring, type Place, tlsSpoken } from './failure.ts';
import { tlsFailure } from './failure-tls.ts';
import { FrameReader, frame, type HeaderBytes } from './frame.ts';
import {
  advanceHandshake,
  beginHandshake,
  type HandshakeTransition,
  type Parties,
  type Peer,
} from './handshake.ts';
import { MAX_HANDSHAKE_BYTES } from './handshake-messages.ts';
import type { TlsOptions } from './tls.ts';

const WAITING = {
  status: 'its status',
  challenge: 'its challenge',
  acknowledgement: 'its answer to our challenge',
  nothing: 'nothing',
};

/** First bytes of an alert of TLS (record type 21, version 3.x): what a node with TLS answers to plain words. */
const isTlsAlert = (bytes: Uint8Array) => bytes[0] === 21 && (bytes[1] ?? 3) === 3;

/**
 * Carries the handshake over a fresh connection. Gives the node at the other end, and the reader with what came behind the
 * last message; the socket is paused then, and nothing listens on it.
 */
export function shakeHands(options: {
  socket: net.Socket;
  parties: Parties;
  place: Place;
  tls: TlsOptions | null;
  attempt: Attempt;
  /** The largest frame that may come after the handshake. */
  maxFrameBytes: number;
}): Promise<{ peer: Peer; reader: FrameReader }> {
  const { socket, parties, place, tls, attempt, maxFrameBytes } = options;
  const { promise, resolve, reject } = Promise.withResolvers<{ peer: Peer; reader: FrameReader }>();
  const headerBytes: HeaderBytes = tls ? 4 : 2;
  const reader = new FrameReader({ headerBytes, maxBytes: MAX_HANDSHAKE_BYTES });
  let { state } = take(beginHandshake(parties));
  socket.on('data', onData);
  socket.on('error', onError);
  socket.on('close', onClose);
  const release = attempt.onAbort(reject);
  return promise.finally(() => {
    release();
    socket.off('data', onData).off('error', onError).off('close', onClose).pause();
  });

  function take(transition: HandshakeTransition): HandshakeTransition {
    attempt.stage = `${place.peer} to send ${WAITING[transition.state.waitsFor]}`;
    if (transition.send) for (const part of frame([transition.send], headerBytes)) socket.write(part);
    return transition;
  }

  function onData(chunk: Uint8Array) {
    reader.push(chunk);
    try {
      if (!tls && state.waitsFor === 'status' && isTlsAlert(reader.peek())) throw tlsSpoken(place.peer);
      while (state.waitsFor !== 'nothing') {
        const message = reader.next();
        if (!message) return;
        state = take(advanceHandshake(parties, state, message)).state;
      }
      reader.headerBytes = 4;
      reader.maxBytes = maxFrameBytes;
      resolve({ peer: state.peer, reader });
      // It stops reading at once, for what comes next is for the link.
      socket.off('data', onData).pause();
    } catch (error) {
      reject(error);
    }
  }

  function onError(error: NodeJS.ErrnoException) {
    if (tls && error.code !== 'ECONNRESET') reject(tlsFailure(error, place, tls));
    else onClose();
  }

  function onClose() {
    const how = { peer: place.peer, isTls: tls !== null };
    // A wrong cookie, or the end of the node: one that has ended listens no more.
    isListening({ ...place, timeoutMs: attempt.remainingMs }).then(
      (listens) => reject(closedDuring(state.waitsFor, { ...how, isListening: listens })),
      reject,
    );
  }
}
