import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

/** HMAC-SHA256 in lower-case hex. */
export function hmac(secret: string, ...parts: (string | Buffer)[]): string {
  const mac = createHmac('sha256', secret);
  for (const part of parts) mac.update(part);
  return mac.digest('hex');
}

/** Digests are compared, as they are of one length whatever was given: the time tells nothing of either text. */
export function isEqual(given: string, expected: string): boolean {
  return timingSafeEqual(sha256(given), sha256(expected));
}

/** Names what was proven, without being a proof itself. */
export function keyOf(...proof: (string | Buffer)[]): string {
  return createHash('sha256')
    .update(Buffer.concat(proof.map(sha256)))
    .digest('hex');
}

function sha256(text: string | Buffer): Buffer {
  return createHash('sha256').update(text).digest();
}
