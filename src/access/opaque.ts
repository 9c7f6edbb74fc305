import { createHash, randomBytes } from 'node:crypto';

const BYTES = 32;

/** 256 random bits, in base64url: 43 characters. */
export function newOpaque(): string {
  return randomBytes(BYTES).toString('base64url');
}

/**
 * What the journal has of one. No salt and no slow hash: 256 bits cannot be guessed. To look a hash up tells by its time
 * nothing of use either: nobody can choose what the hash of a guess begins with.
 */
export function hashOf(opaque: string): string {
  return createHash('sha256').update(opaque).digest('hex');
}
