import fs from 'node:fs';
import type { AppContext } from '../deployment/index.ts';
import { SlipwayError } from '../kernel/index.ts';
import { parsePublicKey, verify } from '../minisign/index.ts';

/**
 * An archive that a person sends to an app with keys is signed by one of them, as one in a bucket is: who may deploy is no
 * one who may make releases. What it is called is up to him.
 *
 * @throws SlipwayError `signature_refused`; the archive is removed then
 */
export async function checkSignature(
  { configuration, id }: Pick<AppContext, 'configuration' | 'id'>,
  { archive, signature }: { archive: string; signature: string | null },
): Promise<void> {
  if (configuration.signing === null) return;
  const keys = configuration.signing.map(parsePublicKey).filter((key) => key !== null);
  try {
    if (signature === null) throw new SlipwayError('signature_refused', { message: 'it is not signed' });
    await verify(contentOf(archive), { signature: Buffer.from(signature), keys });
  } catch (error) {
    fs.rmSync(archive, { force: true });
    if (!(error instanceof SlipwayError)) throw error;
    throw new SlipwayError('signature_refused', {
      message: `the archive that was sent to ${id} is refused: ${error.message}`,
      hint: 'its signature is sent with it from FILE.minisig beside it; nothing was kept of it, and nothing was changed',
      next: 'minisign -S -H -m FILE',
    });
  }
}

/** Opened when it is read first: a signature that is none is refused before that. */
async function* contentOf(file: string): AsyncGenerator<Uint8Array> {
  await using handle = await fs.promises.open(file, 'r');
  yield* handle.createReadStream({ highWaterMark: 1024 ** 2, autoClose: false });
}
