/**
 * Erlang/OTP documentation, Distribution Protocol, section "Distribution Handshake": version 6 (OTP 23 and newer), the side
 * that connects. Messages in, messages out, without I/O; what carries them is in `connect-handshake.ts`.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import { SlipwayError } from '../kernel/index.ts';
import { demandedBy, expandFlags, flagNames } from './flags.ts';
import {
  challengeReply,
  readChallenge,
  readChallengeAck,
  readStatus,
  sendName,
  sendStatus,
} from './handshake-messages.ts';

/** What the handshake is between. */
export interface Parties {
  /** Our own name, and the number of this life of ours (32 bits, random). */
  readonly local: { readonly name: string; readonly creation: number };
  /** `name@host` of the node that is asked for. */
  readonly peer: string;
  readonly cookie: string;
  /** What we offer; `OFFERED_FLAGS`. */
  readonly flags: bigint;
  /** A random number of 32 bits. */
  readonly challenge: number;
}

/** The node at the other end. */
export interface Peer {
  readonly name: string;
  /** What both can. */
  readonly flags: bigint;
  readonly creation: number;
}

export type HandshakeState =
  /** We said who we are; the peer says whether we may come in. */
  | { readonly waitsFor: 'status' }
  /** We may; the peer says who it is, and asks for a proof that we know the cookie. */
  | { readonly waitsFor: 'challenge' }
  /** We gave it; the peer proves that it knows the cookie too. */
  | { readonly waitsFor: 'acknowledgement'; readonly peer: Peer }
  /** Connected. */
  | { readonly waitsFor: 'nothing'; readonly peer: Peer };

export interface HandshakeTransition {
  readonly state: HandshakeState;
  /** What to send now, if anything. */
  readonly send: Uint8Array | null;
}

export function beginHandshake({ local, flags }: Parties): HandshakeTransition {
  return {
    state: { waitsFor: 'status' },
    send: sendName({ flags, name: local.name, creation: local.creation }),
  };
}

/** One message of the peer's. Throws `otp_refused`, `otp_name` or `otp_cookie`. */
export function advanceHandshake(
  parties: Parties,
  state: HandshakeState,
  message: Uint8Array,
): HandshakeTransition {
  switch (state.waitsFor) {
    case 'status':
      return onStatus(parties, readStatus(message));
    case 'challenge':
      return onChallenge(parties, message);
    case 'acknowledgement':
      return onAcknowledgement(parties, state.peer, message);
    case 'nothing':
      throw new Error('the handshake is over');
  }
}

function onStatus({ peer }: Parties, status: string): HandshakeTransition {
  switch (status) {
    case 'ok':
    // The peer is connecting to us as well, and gives way.
    case 'ok_simultaneous':
      return { state: { waitsFor: 'challenge' }, send: null };
    // The peer has not noticed yet that our former connection is gone; it drops that once we have proved who we are.
    case 'alive':
      return { state: { waitsFor: 'challenge' }, send: sendStatus('true') };
    case 'nok':
      throw new SlipwayError('otp_refused', {
        message: `${peer} is connecting to us at this moment, and goes on with that connection`,
        hint: 'it passes; the next attempt finds the way free',
      });
    case 'not_allowed':
      throw new SlipwayError('otp_refused', {
        message: `${peer} does not allow the connection`,
        hint: 'either it demands a capability that we do not offer, as a release newer than those known here may, or its net_kernel:allow/1 names other nodes; its log says which',
      });
    default:
      // Another status is "named:", which answers a request for a name that we never make.
      throw new SlipwayError('otp_refused', {
        message: `${peer} answered with the status ${JSON.stringify(status.slice(0, 64))}, which is not known here`,
      });
  }
}

function onChallenge(parties: Parties, message: Uint8Array): HandshakeTransition {
  const { challenge, creation, name, flags } = readChallenge(message);
  if (name !== parties.peer)
    throw new SlipwayError('otp_name', {
      message: `${parties.peer} was asked for, and ${name} answered`,
      hint: 'its epmd has an old entry, or the name is of another host; nothing was proved to that node',
      next: 'epmd -names',
    });
  const theirs = expandFlags(flags);
  const missing = demandedBy(25) & ~theirs;
  if (missing)
    throw new SlipwayError('otp_refused', {
      message: `${name} lacks what is needed to talk to it: ${flagNames(missing).join(', ')}`,
      hint: 'it is older than OTP 25, or no runtime of Erlang/OTP',
    });
  const peer = { name, creation, flags: theirs & parties.flags };
  const proof = digest(parties.cookie, challenge);
  return {
    state: { waitsFor: 'acknowledgement', peer },
    send: challengeReply(parties.challenge, proof),
  };
}

function onAcknowledgement(parties: Parties, peer: Peer, message: Uint8Array): HandshakeTransition {
  const proof = readChallengeAck(message);
  if (!timingSafeEqual(proof, digest(parties.cookie, parties.challenge)))
    throw new SlipwayError('otp_cookie', {
      message: `${peer.name} could not prove that it knows the cookie`,
      hint: 'it let us in with ours and answered with another one: a cookie set for us alone there (erlang:set_cookie/2), or a node that is not what it says',
    });
  return { state: { waitsFor: 'nothing', peer }, send: null };
}

/** MD5 of the cookie and the challenge, both as text. */
export function digest(cookie: string, challenge: number): Uint8Array {
  return createHash('md5').update(cookie, 'latin1').update(String(challenge)).digest();
}
