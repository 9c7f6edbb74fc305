import fs from 'node:fs';
import { errnoOf, messageOf, SlipwayError } from '../kernel/index.ts';
import { parseSecretKey, type SecretKey } from '../minisign/index.ts';

/** A key of minisign is 300 bytes long. */
const MAX_BYTES = 4096;

/** Reads the key to sign with. Rejects with `signing_key_refused`, naming the file; what `password` throws. */
export async function readSigningKey(file: string, password: () => Promise<string>): Promise<SecretKey> {
  try {
    if (fs.statSync(file).size > MAX_BYTES) throw new Error('it is no key: it is too large');
    return await parseSecretKey(fs.readFileSync(file, 'utf8'), password);
  } catch (error) {
    if (error instanceof SlipwayError && error.code !== 'signing_key_refused') throw error;
    throw new SlipwayError('signing_key_refused', {
      message: `${file} cannot be signed with: ${errnoOf(error) === 'ENOENT' ? 'it is not there' : messageOf(error)}`,
      hint: 'nothing was published',
      next: 'slipway keys make FILE',
    });
  }
}
