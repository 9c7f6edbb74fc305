import { CURRENT_JSON_MAX_BYTES, currentKey, signatureOf, type WritableStore } from '../source/index.ts';
import { type Former, readFormer } from './publication.ts';

/** The `current.json` that is in the bucket, to be replaced on the condition that it is still that one. */
export interface Current {
  /** Null: there is none. */
  tag: string | null;
  bytes: Uint8Array | null;
  former: Former | null;
  /** Whether it has a signature, good or not. */
  isSigned: boolean;
  signatureTag: string | null;
}

export async function readCurrent(
  of: { store: WritableStore; app: string; environment: string },
  signal: AbortSignal,
): Promise<Current> {
  const key = currentKey(of.app, of.environment);
  // The signature first: one that is newer than what it is beside is noticed when it is replaced.
  const signature = await of.store.stat(signatureOf(key), signal).catch(async (error: unknown) => {
    // Said of current.json it is understood by those who sign nothing, and a GET is told why it is refused: HEAD has no body.
    await of.store.get(key, { maxBytes: CURRENT_JSON_MAX_BYTES, signal });
    throw error;
  });
  const found = await of.store.get(key, { maxBytes: CURRENT_JSON_MAX_BYTES, signal });
  const object = found === 'unchanged' ? null : found;
  return {
    tag: object?.tag ?? null,
    bytes: object?.bytes ?? null,
    former: object ? readFormer(object.bytes) : null,
    isSigned: signature !== null,
    signatureTag: signature?.tag ?? null,
  };
}
