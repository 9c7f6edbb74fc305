import { verify as verifies } from 'node:crypto';
import { SlipwayError } from '../kernel/index.ts';
import { type Chunks, digestOf } from './digest.ts';
import type { PublicKey } from './public-key.ts';
import { parseSignature } from './signature.ts';

export interface Verified {
  /** Whoever holds the secret key has said this; it is on one line. */
  trustedComment: string;
  keyId: string;
}

/**
 * Checks that the content was signed by one of the keys, with a prehashed signature of minisign. The content is read once, in
 * constant memory, and not at all where the signature is none already. Rejects with `signature_refused`; its message begins
 * with the signature: `it is signed by ...`.
 */
export async function verify(
  chunks: Chunks,
  { signature: bytes, keys }: { signature: Uint8Array; keys: readonly PublicKey[] },
): Promise<Verified> {
  const parsed = parseSignature(bytes);
  if ('reason' in parsed) throw refused(`its signature ${parsed.reason}`);
  const { keyId, signature, trustedComment, globalSignature } = parsed;
  const named = keys.filter(({ id }) => id === keyId);
  if (named.length === 0)
    throw refused(
      `it is signed by the key ${keyId}, and ${keys.map(({ id }) => id).join(', ') || 'none'} may`,
    );
  // Two keys can have one number: it is random, and whoever makes a key may choose it.
  const comment = Buffer.concat([signature, Buffer.from(trustedComment)]);
  const key = named.find((each) => verifies(null, comment, each.key, globalSignature));
  if (!key) throw refused('the trusted comment of its signature was changed');
  if (!verifies(null, await digestOf(chunks), key.key, signature))
    throw refused(`it is not what the key ${keyId} has signed: it was changed, or signed as something else`);
  return { trustedComment, keyId };
}

function refused(message: string): SlipwayError {
  return new SlipwayError('signature_refused', { message });
}
