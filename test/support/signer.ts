import {
  digestOf,
  makeSecretKey,
  parsePublicKey,
  type SecretKey,
  sign,
  verify,
} from '../../src/minisign/index.ts';
import type { Believed, Signing } from '../../src/source/index.ts';

/** Somebody with a key of his own. */
export class Signer {
  readonly key: SecretKey = makeSecretKey();

  get publicKey(): string {
    return this.key.publicKey;
  }

  /** As minisign signs a file of that name. */
  async sign(content: string | Uint8Array, file: string): Promise<string> {
    const trustedComment = `timestamp:1700000000\tfile:${file}\thashed`;
    return sign(await digestOf([Buffer.from(content)]), { key: this.key, trustedComment });
  }
}

/** What a source is given where these may sign; what was believed is in `memory`, which may outlive a source. */
export function signingBy(
  signers: readonly Signer[],
  memory: { last: Believed | null } = { last: null },
): Signing {
  const keys = signers.map(({ publicKey }) => parsePublicKey(publicKey)).filter((key) => key !== null);
  return {
    verify: (chunks, signature) => verify(chunks, { signature, keys }),
    believed: () => memory.last,
    believe(publication) {
      memory.last = publication;
    },
  };
}
