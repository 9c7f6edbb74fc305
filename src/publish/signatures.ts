import fs from 'node:fs';
import { SlipwayError } from '../kernel/index.ts';
import { digestOf, parsePublicKey, sign, verify } from '../minisign/index.ts';
import { currentKey, signatureOf } from '../source/index.ts';
import type { PublishOptions } from './options.ts';
import { archiveKey } from './place-archive.ts';
import type { Current } from './read-current.ts';

type Chunks = AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
const MAX_BYTES = 16 * 1024;

/** The text of a signature; `file`: the name that it is for, which agents compare. */
export async function signed(
  { signingKey, clock }: PublishOptions,
  { content, file }: { content: Chunks; file: string },
): Promise<string> {
  if (signingKey === null) throw new Error('there is no key to sign with');
  const trustedComment = `timestamp:${Math.floor(clock.now() / 1000)}\tfile:${file}\thashed`;
  return sign(await digestOf(content), { key: signingKey, trustedComment });
}

/** Puts the archive's signature beside it, where there is a key and not yet a good one. */
export async function signatureFor(options: PublishOptions, key: string): Promise<void> {
  const { signingKey, store, candidate, signal } = options;
  if (signingKey === null || (await isGood(options, { key, content: () => contentOf(candidate.file) })))
    return;
  const file = key.split('/').at(-1) ?? key;
  const text = await signed(options, { content: contentOf(candidate.file), file });
  await store.put(signatureOf(key), Buffer.from(text), { signal });
}

/** Whether all that is there has a good signature by the key; true without a key. */
export async function isSigned(options: PublishOptions, current: Current): Promise<boolean> {
  const { app, environment, candidate, signingKey } = options;
  const { bytes } = current;
  if (signingKey === null || bytes === null) return signingKey === null;
  return (
    (await isGood(options, { key: currentKey(app, environment), content: () => [bytes] })) &&
    (await isGood(options, { key: archiveKey(options), content: () => contentOf(candidate.file) }))
  );
}

async function isGood(
  options: PublishOptions,
  { key, content }: { key: string; content: () => Chunks },
): Promise<boolean> {
  const { store, signingKey, signal } = options;
  const publicKey = signingKey && parsePublicKey(signingKey.publicKey);
  const found = await store.get(signatureOf(key), { maxBytes: MAX_BYTES, signal });
  if (!publicKey || found === null || found === 'unchanged') return false;
  try {
    const { trustedComment } = await verify(content(), { signature: found.bytes, keys: [publicKey] });
    return trustedComment.split('\t').includes(`file:${key.split('/').at(-1)}`);
  } catch (error) {
    if (error instanceof SlipwayError && error.code === 'signature_refused') return false;
    throw error;
  }
}

async function* contentOf(file: string): AsyncGenerator<Uint8Array> {
  yield* fs.createReadStream(file, { highWaterMark: 1024 ** 2 });
}
