import { randomBytes } from 'node:crypto';
import { hashOf } from './opaque.ts';

const COUNT = 10;
/** 32 signs, so that each is five bits of a byte: no `i`, `l`, `o` and `u`, which are misread. */
const SIGNS = '0123456789abcdefghjkmnpqrstvwxyz';
const LENGTH = 16;

/** Each lets in once, where the phone is lost: 80 random bits, `0a1b-2c3d-4e5f-6g7h`. The journal has the hashes. */
export function newRecoveryCodes(): { codes: string[]; hashes: string[] } {
  const codes = Array.from({ length: COUNT }, () => {
    const signs = [...randomBytes(LENGTH)].map((byte) => SIGNS[byte % SIGNS.length]).join('');
    return signs.match(/.{4}/g)?.join('-') ?? signs;
  });
  return { codes, hashes: codes.map(recoveryHash) };
}

/** Of a code as somebody types it. */
export function recoveryHash(typed: string): string {
  return hashOf(typed.toLowerCase().replace(/[^0-9a-z]/g, ''));
}
