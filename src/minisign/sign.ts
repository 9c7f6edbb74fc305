import { sign as signed } from 'node:crypto';
import type { SecretKey } from './secret-key.ts';
import { signatureText } from './signature.ts';

/**
 * The text of a `.minisig` over content of which `digestOf` gave the digest.
 *
 * @param trustedComment on one line, 8 KB at most; it is signed too
 */
export function sign(
  digest: Uint8Array,
  { key, trustedComment }: { key: SecretKey; trustedComment: string },
): string {
  const signature = signed(null, digest, key.key);
  return signatureText({
    untrustedComment: 'signature of slipway publish',
    keyNumber: key.number,
    signature,
    trustedComment,
    globalSignature: signed(null, Buffer.concat([signature, Buffer.from(trustedComment)]), key.key),
  });
}
