import { fromBase64, keyIdText } from './encoding.ts';

/** What a `.minisig` holds, none of it checked yet but its form. */
export interface Signature {
  /** Whose it says it is; see `PublicKey`. */
  keyId: string;
  /** Over the BLAKE2b-512 of the content. */
  signature: Buffer;
  trustedComment: string;
  /** Over `signature` and the trusted comment. */
  globalSignature: Buffer;
}

/** minisign itself writes comments of 1 KB and 8 KB at most. */
export const SIGNATURE_MAX_BYTES = 16 * 1024;
const UNTRUSTED = 'untrusted comment: ';
const TRUSTED = 'trusted comment: ';
/** An algorithm, the number of the key, the signature. */
const SIGNATURE_BYTES = 2 + 8 + 64;

/**
 * Reads a `.minisig`: four lines and nothing else (https://jedisct1.github.io/minisign, "Signature format"). Gives in words
 * what is wrong with any other.
 */
export function parseSignature(bytes: Uint8Array): Signature | { reason: string } {
  if (bytes.length > SIGNATURE_MAX_BYTES) return { reason: `is larger than ${SIGNATURE_MAX_BYTES} bytes` };
  const text = textOf(bytes);
  const lines = text?.replace(/\r?\n$/, '').split(/\r?\n/) ?? [];
  const [untrusted = '', signed = '', trusted = '', global = ''] = lines;
  if (lines.length !== 4 || !untrusted.startsWith(UNTRUSTED) || !trusted.startsWith(TRUSTED))
    return { reason: 'is no signature of minisign: it has not the four lines of one' };
  if (/[^\t\P{Cc}]/u.test(trusted)) return { reason: 'has control characters in its trusted comment' };
  const first = fromBase64(signed, SIGNATURE_BYTES);
  const globalSignature = fromBase64(global, 64);
  if (first === null || globalSignature === null)
    return { reason: 'holds what is not the base64 of a signature' };
  const algorithm = first.toString('latin1', 0, 2);
  if (algorithm === 'Ed')
    return {
      reason:
        'is of the old kind, which is not over a hash: sign it anew, with minisign -H or a newer minisign',
    };
  if (algorithm !== 'ED') return { reason: 'is of an unknown kind' };
  return {
    keyId: keyIdText(first.subarray(2, 10)),
    signature: first.subarray(10),
    trustedComment: trusted.slice(TRUSTED.length),
    globalSignature,
  };
}

export function signatureText(parts: {
  untrustedComment: string;
  keyNumber: Uint8Array;
  signature: Uint8Array;
  trustedComment: string;
  globalSignature: Uint8Array;
}): string {
  const { untrustedComment, keyNumber, signature, trustedComment, globalSignature } = parts;
  return [
    UNTRUSTED + untrustedComment,
    Buffer.concat([Buffer.from('ED'), keyNumber, signature]).toString('base64'),
    TRUSTED + trustedComment,
    `${Buffer.from(globalSignature).toString('base64')}\n`,
  ].join('\n');
}

function textOf(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
}
