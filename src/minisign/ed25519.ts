import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';

/* Node takes keys in the DER of RFC 8410 alone, and there the bytes of a key stand behind a fixed beginning. */
const SPKI_START = Buffer.from('302a300506032b6570032100', 'hex');
const PKCS8_START = Buffer.from('302e020100300506032b657004220420', 'hex');

/** Of the 32 bytes of a public key. */
export function publicKeyOf(bytes: Uint8Array): KeyObject {
  return createPublicKey({ key: Buffer.concat([SPKI_START, bytes]), format: 'der', type: 'spki' });
}

/** Of the 32 bytes that a private key is made of. */
export function privateKeyOf(seed: Uint8Array): KeyObject {
  return createPrivateKey({ key: Buffer.concat([PKCS8_START, seed]), format: 'der', type: 'pkcs8' });
}

/** The 32 bytes of a public key, also of a private one's. */
export function publicBytesOf(key: KeyObject): Buffer {
  const der = (key.type === 'private' ? createPublicKey(key) : key).export({ format: 'der', type: 'spki' });
  return der.subarray(SPKI_START.length);
}
