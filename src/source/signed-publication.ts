import { createHash } from 'node:crypto';
import { messageOf, SlipwayError, withMend } from '../kernel/index.ts';
import { SIGN_NEXT, type Signing } from './signing.ts';

interface Publication {
  /** `current.json`, and what is beside it as its signature; null where there is none. */
  bytes: Uint8Array;
  signature: Uint8Array | null;
  /** The app that it must be for. */
  name: string;
  environment: string;
}

/**
 * Why a `current.json` is not believed, in words that follow its path; null where it is. Whoever may write to the bucket may put
 * anything there that was signed once: that of another app or environment, or an older one. So it says itself which it is and
 * when it was published (`app`, `environment`, `published_at`), and none is believed that is older than the one before.
 */
export async function distrust(publication: Publication, signing: Signing): Promise<string | null> {
  const { bytes, signature } = publication;
  if (signature === null)
    return withMend('is not signed: there is no current.json.minisig beside it', SIGN_NEXT);
  try {
    await signing.verify([bytes], signature);
    const publishedAt = provenTime(publication);
    const digest = createHash('sha256').update(bytes).digest('hex');
    const former = signing.believed();
    if (former?.digest === digest) return null;
    if (former && publishedAt <= former.publishedAt) throw olderThan(former.publishedAt, publishedAt);
    signing.believe({ publishedAt, digest });
    return null;
  } catch (error) {
    if (!(error instanceof SlipwayError)) throw error;
    const mend = error.code === 'signature_refused' ? SIGN_NEXT : error.next;
    return withMend(`is not believed: ${messageOf(error)}`, mend);
  }
}

/** When it was published. Throws where it does not say so, or is for something else. */
function provenTime({ bytes, name, environment }: Publication): number {
  const says = fieldsOf(bytes);
  for (const [key, wanted] of Object.entries({ app: name, environment }))
    if (says[key] !== wanted)
      throw refused(
        says[key] === undefined
          ? `it does not say which app it is for: a signed one has "app", "environment" and "published_at"`
          : `it is signed for the ${key} ${JSON.stringify(says[key])}, and this is ${wanted}`,
      );
  const at = says.published_at;
  const publishedAt = typeof at === 'string' && TIME.test(at) ? Date.parse(at) : Number.NaN;
  if (Number.isNaN(publishedAt))
    throw refused('it does not say when it was published: "published_at": "2026-11-30T12:00:00.000Z"');
  return publishedAt;
}

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,3})?Z$/;

function fieldsOf(bytes: Uint8Array): Record<string, unknown> {
  const value: unknown = JSON.parse(new TextDecoder().decode(bytes));
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

function olderThan(formerMs: number, publishedAt: number): SlipwayError {
  const [former, own] = [formerMs, publishedAt].map((ms) => new Date(ms).toISOString());
  return refused(
    `it was published at ${own}, and one of ${former} was taken before: an old one is not taken again. ` +
      'To go back, publish that version anew, or: slipway rollback',
  );
}

function refused(message: string): SlipwayError {
  return new SlipwayError('signature_refused', { message });
}
