import { createHash } from 'node:crypto';

export type Chunks = AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

/** What a prehashed signature is over: BLAKE2b-512 of the content, 64 bytes. It is read once, in constant memory. */
export async function digestOf(chunks: Chunks): Promise<Buffer> {
  const hash = createHash('blake2b512');
  for await (const chunk of chunks) hash.update(chunk);
  return hash.digest();
}
