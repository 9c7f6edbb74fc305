/**
 * Erlang/OTP documentation, Distribution Protocol, section "The Handshake in Detail": the messages of version 6, without
 * their length in front. Names travel as Latin-1; ours are ASCII (`node-name.ts`).
 */
import { SlipwayError } from '../kernel/index.ts';

const DIGEST_BYTES = 16;
/** A name has 255 characters at most, and room is left for what later versions may add behind it. */
export const MAX_HANDSHAKE_BYTES = 4096;

export interface Challenge {
  readonly flags: bigint;
  readonly challenge: number;
  readonly creation: number;
  readonly name: string;
}

/** 'N', flags, creation, length of the name, name. */
export function sendName(options: { flags: bigint; creation: number; name: string }): Uint8Array {
  const { flags, creation, name } = options;
  const message = Buffer.alloc(15 + name.length);
  message.write('N', 'latin1');
  message.writeBigUInt64BE(flags, 1);
  message.writeUInt32BE(creation, 9);
  message.writeUInt16BE(name.length, 13);
  message.write(name, 15, 'latin1');
  return message;
}

/** 's', status. */
export function sendStatus(status: string): Uint8Array {
  return Buffer.from(`s${status}`, 'latin1');
}

/** 'r', our challenge, the digest that answers the peer's. */
export function challengeReply(challenge: number, digest: Uint8Array): Uint8Array {
  const message = Buffer.alloc(5 + DIGEST_BYTES);
  message.write('r', 'latin1');
  message.writeUInt32BE(challenge, 1);
  message.set(digest, 5);
  return message;
}

/** `ok`, `ok_simultaneous`, `nok`, `not_allowed`, `alive`, or `named:` with more behind it. */
export function readStatus(message: Uint8Array): string {
  const bytes = asBuffer(message);
  if (bytes[0] !== code('s')) throw malformed('the status of the connection', bytes);
  return bytes.toString('latin1', 1);
}

/** 'N', flags, challenge, creation, length of the name, name; what comes behind it is for later versions. */
export function readChallenge(message: Uint8Array): Challenge {
  const bytes = asBuffer(message);
  if (bytes[0] === code('n')) throw tooOld();
  if (bytes[0] !== code('N') || bytes.length < 19) throw malformed('the challenge', bytes);
  const nameBytes = bytes.readUInt16BE(17);
  if (bytes.length < 19 + nameBytes) throw malformed('the challenge', bytes);
  return {
    flags: bytes.readBigUInt64BE(1),
    challenge: bytes.readUInt32BE(9),
    creation: bytes.readUInt32BE(13),
    name: bytes.toString('latin1', 19, 19 + nameBytes),
  };
}

/** 'a', the digest that answers our challenge. */
export function readChallengeAck(message: Uint8Array): Uint8Array {
  const bytes = asBuffer(message);
  if (bytes[0] !== code('a') || bytes.length !== 1 + DIGEST_BYTES)
    throw malformed('the answer to our challenge', bytes);
  return bytes.subarray(1);
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}

function code(character: string): number {
  return character.charCodeAt(0);
}

/** Version 5 of the handshake: nodes before OTP 23 know no other. */
export function tooOld(): SlipwayError {
  return new SlipwayError('otp_refused', {
    message: 'the node speaks version 5 of the distribution protocol, and 6 is needed',
    hint: 'it runs OTP 22 or older; OTP 25 and newer do not connect to it either',
  });
}

function malformed(expected: string, bytes: Buffer): SlipwayError {
  return new SlipwayError('otp_refused', {
    message: `${bytes.length} bytes came where ${expected} was expected, beginning with ${bytes.toString('hex', 0, 16) || 'nothing'}`,
    hint: 'what answers on this port is no Erlang node, or it speaks a protocol of its own',
  });
}
