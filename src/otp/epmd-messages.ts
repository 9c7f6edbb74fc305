/** Erlang/OTP documentation, Distribution Protocol, section "Getting the Distribution Port of Another Node". */
import { SlipwayError } from '../kernel/index.ts';

const PORT_PLEASE2_REQ = 122;
const PORT2_RESP = 119;
/** Tag, result, port, type, protocol, two versions, length of the name. */
const FIXED_BYTES = 12;

/** What epmd knows of a node. */
export interface Registration {
  readonly port: number;
  /** Versions of the handshake: 6 since OTP 23. */
  readonly highestVersion: number;
  readonly lowestVersion: number;
  readonly name: string;
}

export function encodePortPlease(name: string): Uint8Array {
  const bytes = Buffer.from(`..?${name}`);
  bytes.writeUInt16BE(bytes.length - 2);
  bytes[2] = PORT_PLEASE2_REQ;
  return bytes;
}

/** An answer, whole or not: null until there is enough of it. Throws `otp_refused`. */
export function readPort(answer: Uint8Array): Registration | 'unknown' | null {
  const bytes = Buffer.from(answer.buffer, answer.byteOffset, answer.length);
  if (bytes.length === 0) return null;
  if (bytes[0] !== PORT2_RESP) throw noEpmd(bytes);
  if (bytes.length === 1) return null;
  // Any other result than 0 is an error, and nothing comes behind it.
  if (bytes[1] !== 0) return 'unknown';
  if (bytes.length < FIXED_BYTES) return null;
  const nameBytes = bytes.readUInt16BE(10);
  if (bytes.length < FIXED_BYTES + nameBytes) return null;
  // The type is 77 for Erlang nodes, hidden ones as well; extra information may follow, and none has ever been given.
  return {
    port: bytes.readUInt16BE(2),
    highestVersion: bytes.readUInt16BE(6),
    lowestVersion: bytes.readUInt16BE(8),
    name: bytes.toString('utf8', FIXED_BYTES, FIXED_BYTES + nameBytes),
  };
}

function noEpmd(bytes: Buffer): SlipwayError {
  return new SlipwayError('otp_refused', {
    message: `the answer begins with ${bytes.toString('hex', 0, 16)}, which is none of epmd's`,
    hint: 'something else listens on the port of epmd',
  });
}
