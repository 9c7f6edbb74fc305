import { errnoOf, type Owners } from '../kernel/index.ts';
import { signatureOf } from './bucket-layout.ts';
import { SIGNATURE_MAX_BYTES } from './signing.ts';
import { readSmallFile } from './small-file.ts';

/** What lies beside a file as its signature; null where there is nothing. Throws as `readSmallFile` does. */
export async function readSignature(file: string, owners: Owners): Promise<Uint8Array | null> {
  try {
    return (await readSmallFile(signatureOf(file), { maxBytes: SIGNATURE_MAX_BYTES, owners })).bytes;
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return null;
    throw error;
  }
}
