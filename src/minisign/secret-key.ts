import { type KeyObject, randomBytes } from 'node:crypto';
import { SlipwayError } from '../kernel/index.ts';
import { checksumOf } from './checksum.ts';
import { privateKeyOf, publicBytesOf } from './ed25519.ts';
import { fromBase64 } from './encoding.ts';
import { type KeyStretching, STRETCHING, stretched } from './password.ts';
import { publicKeyText } from './public-key.ts';

/** A key that can sign. */
export interface SecretKey {
  number: Buffer;
  key: KeyObject;
  /** `RWQ...` of the public key. */
  publicKey: string;
}

const COMMENT = 'untrusted comment: ';
/** Three algorithms, the salt, two costs; then what a password hides: number, key, checksum. */
const [HEAD_BYTES, HIDDEN_BYTES] = [3 * 2 + 32 + 8 + 8, 8 + 64 + 32];
const NO_CHECKSUM = Buffer.alloc(32);

/**
 * Reads a secret key of minisign. `password` is asked for where the key has one. Rejects with `signing_key_refused`.
 */
export async function parseSecretKey(text: string, password: () => Promise<string>): Promise<SecretKey> {
  const [comment = '', line = '', ...others] = text.trimEnd().split(/\r?\n/);
  const bytes = fromBase64(line, HEAD_BYTES + HIDDEN_BYTES);
  if (!comment.startsWith(COMMENT) || bytes === null || others.length > 0)
    throw refused('it is no secret key of minisign: it has not the two lines of one');
  const [algorithm, kdf, check] = [0, 2, 4].map((at) => bytes.toString('latin1', at, at + 2));
  if (algorithm !== 'Ed' || check !== 'B2') throw refused('it is of an unknown kind');
  let hidden = bytes.subarray(HEAD_BYTES);
  if (kdf === 'Sc')
    hidden = xor(hidden, await stretched(await password(), { ...stretchingOf(bytes), bytes: HIDDEN_BYTES }));
  else if (kdf !== '\0\0') throw refused('its password is of an unknown kind');
  const [number, key, checksum] = [hidden.subarray(0, 8), hidden.subarray(8, 72), hidden.subarray(72)];
  const read = secretKeyOf(number, key.subarray(0, 32));
  // Without a password minisign writes zeros for the checksum, and the key holds its public half.
  const known = await checksumOf(number, key);
  if (!checksum.equals(known) && (kdf === 'Sc' || !checksum.equals(NO_CHECKSUM)))
    throw refused(
      kdf === 'Sc' ? 'the password is not that of the key' : 'it was changed: its checksum is not right',
    );
  if (!publicBytesOf(read.key).equals(key.subarray(32)))
    throw refused('it was changed: its two halves differ');
  return read;
}

/** A new key, of random bytes. */
export function makeSecretKey(): SecretKey {
  return secretKeyOf(randomBytes(8), randomBytes(32));
}

/** The file of a secret key, as minisign reads it. `password` null: whoever has the file can sign. */
export async function secretKeyText(
  { number, key }: SecretKey,
  {
    password,
    stretching = STRETCHING,
  }: { password: string | null; stretching?: Omit<KeyStretching, 'salt'> },
): Promise<string> {
  const seed = key.export({ format: 'der', type: 'pkcs8' }).subarray(-32);
  const pair = Buffer.concat([seed, publicBytesOf(key)]);
  const hidden = Buffer.concat([number, pair, await checksumOf(number, pair)]);
  const head = Buffer.alloc(HEAD_BYTES);
  head.write('Ed', 0);
  head.write('B2', 4);
  if (password === null) return fileOf('unencrypted', head, hidden);
  const salt = randomBytes(32);
  head.write('Sc', 2);
  salt.copy(head, 6);
  head.writeBigUInt64LE(BigInt(stretching.operations), 38);
  head.writeBigUInt64LE(BigInt(stretching.memoryBytes), 46);
  return fileOf(
    'encrypted',
    head,
    xor(hidden, await stretched(password, { salt, ...stretching, bytes: HIDDEN_BYTES })),
  );
}

function fileOf(kind: string, ...parts: Buffer[]): string {
  return `${COMMENT}slipway ${kind} secret key\n${Buffer.concat(parts).toString('base64')}\n`;
}

function secretKeyOf(number: Buffer, seed: Uint8Array): SecretKey {
  const key = privateKeyOf(seed);
  return { number, key, publicKey: publicKeyText(number, publicBytesOf(key)) };
}

function stretchingOf(bytes: Buffer): KeyStretching {
  return {
    salt: bytes.subarray(6, 38),
    operations: Number(bytes.readBigUInt64LE(38)),
    memoryBytes: Number(bytes.readBigUInt64LE(46)),
  };
}

function xor(bytes: Uint8Array, stream: Uint8Array): Buffer {
  return Buffer.from(bytes.map((byte, index) => byte ^ (stream[index] ?? 0)));
}

function refused(message: string): SlipwayError {
  return new SlipwayError('signing_key_refused', { message });
}
