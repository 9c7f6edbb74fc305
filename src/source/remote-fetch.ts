import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { type Clock, messageOf, SlipwayError } from '../kernel/index.ts';
import { signatureOf } from './bucket-layout.ts';
import { download, downloadedBytes } from './download.ts';
import { checkVersion } from './missing-archive.ts';
import { patiently } from './patience.ts';
import type { RemoteArchive, RemoteArchives } from './remote-archives.ts';
import { checkArchive, unsigned } from './signed-archive.ts';
import { SIGNATURE_MAX_BYTES, type Signing } from './signing.ts';
import type { FetchedArchive, FetchOptions } from './source.ts';
import { bytesOf } from './store/index.ts';

export type RemoteFetchOptions = FetchOptions & { signing: Signing | null; clock: Clock };

/** An archive that is replaced again and again while it is downloaded. */
const REPLACED_MAX = 3;

/**
 * Downloads an archive, or what is missing of it. Each lies in a folder that is named by what the object is (its address, tag
 * and size): so a part of it is gone on with after whatever death of the agent, and never joined with the rest of another one.
 * What other ones left there is taken away. Errors: see `Source.fetch`; `bucket_unreachable` and its like; `disk_full`.
 */
export async function fetchRemote(
  archives: RemoteArchives,
  options: RemoteFetchOptions,
): Promise<FetchedArchive> {
  const { version, signal, clock, cacheDirectory, say = () => undefined } = options;
  signal.throwIfAborted();
  checkVersion(version);
  let file: string | null = null;
  let replaced = 0;
  const attempt = async (): Promise<FetchedArchive> => {
    const archive = await archives.find(version, signal);
    if (!archive) throw await archives.missing(version, signal);
    file = fileOf(archives, archive, cacheDirectory);
    try {
      return await fetchOne({ archives, archive, file }, options);
    } catch (error) {
      const isReplaced = error instanceof SlipwayError && error.code === 'archive_replaced';
      if (!isReplaced || ++replaced === REPLACED_MAX) throw error;
      say(`${messageOf(error)}: it is read anew`);
      return await attempt();
    }
  };
  const progressBytes = () => (file === null ? 0 : downloadedBytes(file));
  const onVain = (error: SlipwayError) => say(messageOf(error));
  return await inTurn(cacheDirectory, () => patiently({ clock, signal, progressBytes, onVain }, attempt));
}

async function fetchOne(
  { archives, archive, file }: { archives: RemoteArchives; archive: RemoteArchive; file: string },
  options: RemoteFetchOptions,
): Promise<FetchedArchive> {
  const { store } = archives;
  const { key, stat } = archive;
  const { tag, sizeBytes } = stat;
  const signature = await signatureOfArchive({ archives, archive }, options);
  sweep(options.cacheDirectory, path.basename(path.dirname(file)));
  // What has no tag may be another one of the same size; what has another size was not ended by us.
  const found = fs.statSync(file, { throwIfNoEntry: false });
  if (tag === '' || found?.size !== sizeBytes) fs.rmSync(file, { force: true });
  if (!fs.existsSync(file)) {
    await options.makeRoom?.(sizeBytes - downloadedBytes(file));
    fs.mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
    await download({ ...options, store, key, tag, sizeBytes, file });
  }
  const fetched: FetchedArchive = {
    kind: 'archive',
    path: file,
    owners: [],
    sizeBytes,
    sha256: null,
    temporary: true,
  };
  return signature === null ? fetched : await checked(fetched, signature);
}

/** Null where none is needed. What is not signed is refused before anything is downloaded. */
async function signatureOfArchive(
  { archives, archive }: { archives: RemoteArchives; archive: RemoteArchive },
  { signing, signal }: RemoteFetchOptions,
): Promise<{ bytes: Uint8Array; signing: Signing } | null> {
  if (signing === null) return null;
  const { key } = archive;
  const found = await archives.store.get(signatureOf(key), { maxBytes: SIGNATURE_MAX_BYTES, signal });
  const bytes = bytesOf(found);
  if (bytes !== null) return { bytes, signing };
  throw unsigned(path.basename(key));
}

async function checked(
  fetched: FetchedArchive,
  { bytes, signing }: { bytes: Uint8Array; signing: Signing },
): Promise<FetchedArchive> {
  const { path: file } = fetched;
  const chunks = fs.createReadStream(file, { highWaterMark: 1024 ** 2 });
  try {
    const of = { file: path.basename(file), chunks, signature: bytes };
    return { ...fetched, ...(await checkArchive(of, signing)) };
  } catch (error) {
    chunks.destroy();
    fs.rmSync(file, { force: true });
    throw error;
  }
}

const PREFIX = 'download-';

function fileOf({ store }: RemoteArchives, { key, stat }: RemoteArchive, cacheDirectory: string): string {
  const identity = JSON.stringify([store.addressOf(key), stat.tag, stat.sizeBytes]);
  const digest = createHash('sha256').update(identity).digest('hex');
  return path.join(cacheDirectory, `${PREFIX}${digest.slice(0, 16)}`, path.basename(key));
}

function sweep(cacheDirectory: string, kept: string): void {
  const names = fs.existsSync(cacheDirectory) ? fs.readdirSync(cacheDirectory) : [];
  for (const name of names)
    if (name.startsWith(PREFIX) && name !== kept)
      fs.rmSync(path.join(cacheDirectory, name), { recursive: true, force: true });
}

const turns = new Map<string, Promise<unknown>>();

/** Two who want the same do not write the same file. */
async function inTurn<T>(directory: string, work: () => Promise<T>): Promise<T> {
  const before = turns.get(directory) ?? Promise.resolve();
  const mine = before.catch(() => undefined).then(work);
  turns.set(directory, mine);
  try {
    return await mine;
  } finally {
    if (turns.get(directory) === mine) turns.delete(directory);
  }
}
