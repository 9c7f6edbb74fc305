/**
 * How it is known whose a release is. Given by the agent where keys are in force: a source knows no format of signatures, and
 * what was believed before has to outlive it.
 */
export interface Signing {
  /** Rejects with `signature_refused`, its message beginning with `it` or `its`; resolves when it is good. */
  verify(
    chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
    signature: Uint8Array,
  ): Promise<{ trustedComment: string }>;
  /** The publication that was believed last; null: none yet. */
  believed(): Believed | null;
  /** Writes that down: durable when it returns. */
  believe(publication: Believed): void;
}

export interface Believed {
  /** Milliseconds since the epoch, as its publisher says. */
  publishedAt: number;
  /** SHA-256 of its `current.json`, lower-case hex. */
  digest: string;
}

/** A signature of 16 KB is none: see the format of minisign. */
export const SIGNATURE_MAX_BYTES = 16 * 1024;

/** The next command where something is not signed as it must be. */
export const SIGN_NEXT = 'slipway publish <folder or archive> --signing-key FILE';
