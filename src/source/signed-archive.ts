import { createHash } from 'node:crypto';
import { SlipwayError } from '../kernel/index.ts';
import { SIGN_NEXT, type Signing } from './signing.ts';

/**
 * Checks an archive by its signature, reading it once, in constant memory, and gives the SHA-256 of what was read: whoever unpacks
 * it checks that, for the file may be exchanged in between. The trusted comment must name the file (`file:demo-1.0.0.tar.gz`, as
 * minisign itself writes it), or a signed old archive could lie there under the name of a new one.
 *
 * @throws SlipwayError `signature_refused`
 */
export async function checkArchive(
  archive: { file: string; chunks: AsyncIterable<Uint8Array>; signature: Uint8Array | null },
  signing: Signing,
): Promise<{ sha256: string }> {
  const { file, chunks, signature } = archive;
  if (signature === null) throw unsigned(file);
  const hash = createHash('sha256');
  async function* hashed() {
    for await (const chunk of chunks) {
      hash.update(chunk);
      yield chunk;
    }
  }
  const { trustedComment } = await signing.verify(hashed(), signature).catch((error: unknown) => {
    throw error instanceof SlipwayError && error.code === 'signature_refused'
      ? refused(file, error.message)
      : error;
  });
  const named = trustedComment.split('\t').find((field) => field.startsWith('file:'));
  if (named !== `file:${file}`)
    throw refused(file, `it is signed as ${JSON.stringify(named?.slice('file:'.length) ?? trustedComment)}`);
  return { sha256: hash.digest('hex') };
}

export function unsigned(file: string): SlipwayError {
  return refused(file, `there is no ${file}.minisig beside it`);
}

function refused(file: string, why: string): SlipwayError {
  return new SlipwayError('signature_refused', {
    message: `${file} is refused: ${why}`,
    hint: 'it was not unpacked; what is live stays live',
    next: SIGN_NEXT,
  });
}
