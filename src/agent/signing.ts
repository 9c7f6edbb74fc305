import type { AppConfiguration } from '../config/index.ts';
import type { Journal } from '../journal/index.ts';
import { parsePublicKey, verify } from '../minisign/index.ts';
import type { Signing } from '../source/index.ts';

/** How what a source has is known to be signed; null where the app has no keys. What was believed last is in the journal. */
export function signingOf(
  { id, name, environment, signing }: AppConfiguration,
  journal: Journal,
): Signing | null {
  if (signing === null) return null;
  const keys = signing.map(parsePublicKey).filter((key) => key !== null);
  const key = { name, environment };
  return {
    verify: (chunks, signature) => verify(chunks, { signature, keys }),
    believed() {
      const { believedAt = null, believedDigest = null } = journal.tables.app(key) ?? {};
      return believedAt === null || believedDigest === null
        ? null
        : { publishedAt: believedAt, digest: believedDigest };
    },
    believe({ publishedAt, digest }) {
      journal.write(`${id}: publication of ${new Date(publishedAt).toISOString()} believed`, (tables) => {
        tables.addApp(key);
        tables.updateApp(key, { believedAt: publishedAt, believedDigest: digest });
      });
    },
  };
}
