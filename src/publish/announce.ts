import { SlipwayError } from '../kernel/index.ts';
import { currentKey, signatureOf } from '../source/index.ts';
import type { PublishOptions } from './options.ts';
import { isSame, type Publication, publicationText } from './publication.ts';
import { type Current, readCurrent } from './read-current.ts';
import { signed } from './signatures.ts';

/** A bucket that does not answer for so long has gone; what is written here is small. */
const TIMEOUT_MS = 120_000;

/**
 * Writes `current.json`, on the condition that it is still the one that was read, and its signature. Of several publishers one
 * is first; the others are told, or find that the same was published.
 *
 * The signature cannot be put there in the same moment. It is written on the condition, too, and whoever fails with that looks
 * whose `current.json` it is: so the last signature is always that of the last `current.json`.
 */
export async function announce(
  options: PublishOptions,
  { publication, current }: { publication: Publication; current: Current },
): Promise<'published' | 'unchanged'> {
  const { store, clock, signingKey } = options;
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  const key = currentKey(publication.app, publication.environment);
  let bytes = Buffer.from(publicationText(publication, { former: current.former, now: clock.now() }));
  let { tag } = current;
  const isWritten = isSame(current.former, publication) && (signingKey === null || speaksForItself(current));
  // It says so already, and only its signature is missing.
  if (isWritten && current.bytes !== null) bytes = Buffer.from(current.bytes);
  else
    try {
      ({ tag } = await store.put(key, bytes, { ifTag: tag, signal }));
    } catch (error) {
      const now = isConflict(error) ? await readCurrent(options, signal) : null;
      if (!now) throw error;
      if (isSame(now.former, publication)) return 'unchanged';
      throw overtaken(options, now);
    }
  if (signingKey !== null) await sign(options, { key, bytes, current: { ...current, tag } });
  else if (current.isSigned) await store.remove(signatureOf(key), signal);
  return 'published';
}

async function sign(
  options: PublishOptions,
  { key, bytes, current }: { key: string; bytes: Buffer; current: Current },
): Promise<void> {
  const { store } = options;
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  const signature = await signed(options, { content: [bytes], file: 'current.json' });
  let { signatureTag } = current;
  for (;;) {
    try {
      await store.put(signatureOf(key), Buffer.from(signature), { ifTag: signatureTag, signal });
      return;
    } catch (error) {
      const now = isConflict(error) ? await readCurrent(options, signal) : null;
      if (!now) throw error;
      // Somebody who came after has it signed, or will.
      if (now.bytes === null || !bytes.equals(now.bytes)) throw overtaken(options, now);
      ({ signatureTag } = now);
    }
  }
}

/** Whether it has what a signed one must have. */
function speaksForItself({ bytes, former }: Current): boolean {
  if (bytes === null || former?.publishedAt === null) return false;
  const { app, environment } = JSON.parse(new TextDecoder().decode(bytes)) as Record<string, unknown>;
  return app !== undefined && environment !== undefined;
}

function isConflict(error: unknown): boolean {
  return error instanceof SlipwayError && error.code === 'publish_conflict';
}

function overtaken({ app, version, environment, store }: PublishOptions, now: Current): SlipwayError {
  const key = currentKey(app, environment);
  const theirs = now.former ? `${now.former.version} was` : 'something was';
  return new SlipwayError('publish_conflict', {
    message: `${theirs} published meanwhile by somebody else: ${app} in ${environment} of ${store.address}`,
    hint: `that is what agents see; the archive of ${version} is there, and is not offered. If it is to be the newest, run it again`,
    next: store.showCommand(key),
  });
}
