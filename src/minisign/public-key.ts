import type { KeyObject } from 'node:crypto';
import { publicKeyOf } from './ed25519.ts';
import { fromBase64, keyIdText } from './encoding.ts';

/** A key that signatures are checked with. */
export interface PublicKey {
  /** Sixteen hexadecimal digits, as minisign shows them. */
  id: string;
  /** `RWQ...`, 56 characters. */
  text: string;
  key: KeyObject;
}

/** "Ed", the number, the key. */
const PUBLIC_KEY_BYTES = 2 + 8 + 32;

/** Reads the line `RWQ...` of a minisign.pub; null where it is none. */
export function parsePublicKey(text: string): PublicKey | null {
  const bytes = fromBase64(text, PUBLIC_KEY_BYTES);
  if (bytes === null || bytes.toString('latin1', 0, 2) !== 'Ed') return null;
  return { id: keyIdText(bytes.subarray(2, 10)), text, key: publicKeyOf(bytes.subarray(10)) };
}

export function publicKeyText(id: Uint8Array, key: Uint8Array): string {
  return Buffer.concat([Buffer.from('Ed'), id, key]).toString('base64');
}
