import { type ScryptOptions, scrypt } from 'node:crypto';
import { promisify } from 'node:util';
import { SlipwayError } from '../kernel/index.ts';

const scryptOf: (
  password: string,
  salt: Uint8Array,
  bytes: number,
  options: ScryptOptions,
) => Promise<Buffer> = promisify(scrypt);

/** How much it costs to try a password, as libsodium names it. */
export interface KeyStretching {
  salt: Uint8Array;
  operations: number;
  memoryBytes: number;
}

/** minisign's own: a gigabyte, and some seconds. */
export const STRETCHING = { operations: 33_554_432, memoryBytes: 1024 ** 3 };

/** As many bytes as are hidden by the password. Rejects with `signing_key_refused` where it would cost more than minisign asks. */
export async function stretched(
  password: string,
  { salt, operations, memoryBytes, bytes }: KeyStretching & { bytes: number },
): Promise<Buffer> {
  const { N, p } = parametersOf(operations, memoryBytes);
  if (N > 2 ** 20 || N < 2 || p > 64)
    throw new SlipwayError('signing_key_refused', {
      message: 'it asks for more memory or time to check its password than minisign does',
    });
  return await scryptOf(password, salt, bytes, { N, r: 8, p, maxmem: 128 * 8 * (N + p + 2) + 1024 ** 2 });
}

/** What libsodium makes of the two costs (`pickparams` of crypto_pwhash_scryptsalsa208sha256), with r = 8. */
function parametersOf(operations: number, memoryBytes: number): { N: number; p: number } {
  const most = Math.max(operations, 32_768);
  if (most < memoryBytes / 32) return { N: powerOfTwo(most / 32), p: 1 };
  const N = powerOfTwo(memoryBytes / 1024);
  return { N, p: Math.max(1, Math.floor(Math.min(most / 4 / N, 0x3fffffff) / 8)) };
}

/** The first power of two from 2 that is more than half of it. */
function powerOfTwo(limit: number): number {
  let power = 2;
  while (power <= Math.floor(limit) / 2 && power < 2 ** 62) power *= 2;
  return power;
}
