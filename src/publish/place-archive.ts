import { createHash } from 'node:crypto';
import { SlipwayError } from '../kernel/index.ts';
import { archiveFolderKey, archiveNames, type ObjectStat, signatureOf } from '../source/index.ts';
import type { PublishOptions } from './options.ts';

/** What a bucket has of a version. */
export interface ArchivePlace {
  /** `other`: other bytes, or the version under another suffix. */
  state: 'absent' | 'same' | 'other';
  /** Key of what was found; that of the archive itself where nothing was. */
  found: string;
  /** Of the object at the archive's own key; null: there is none. */
  tag: string | null;
  /** Keys of the version under other suffixes, which agents would take or not, by their order. */
  others: string[];
}

type Of = Pick<PublishOptions, 'store' | 'app' | 'version' | 'candidate' | 'signal'>;

export function archiveKey({ app, version, candidate }: Pick<Of, 'app' | 'version' | 'candidate'>): string {
  return `${archiveFolderKey(app)}/${app}-${version}${candidate.suffix}`;
}

export async function lookForArchive(of: Of): Promise<ArchivePlace> {
  const { store, app, version, signal } = of;
  const own = archiveKey(of);
  const keys = archiveNames(app, version).map((name) => `${archiveFolderKey(app)}/${name}`);
  const others: string[] = [];
  for (const key of keys.filter((each) => each !== own)) if (await store.stat(key, signal)) others.push(key);
  const stat = await store.stat(own, signal);
  const [other] = others;
  const tag = stat?.tag ?? null;
  if (other) return { state: 'other', found: other, tag, others };
  if (!stat) return { state: 'absent', found: own, tag, others };
  return { state: (await isOurs(of, stat)) ? 'same' : 'other', found: own, tag, others };
}

async function isOurs(of: Of, stat: ObjectStat): Promise<boolean> {
  const { store, candidate, signal } = of;
  if (stat.sizeBytes !== candidate.sizeBytes) return false;
  if (stat.sha256 !== null) return stat.sha256 === candidate.sha256;
  const hash = createHash('sha256');
  for await (const chunk of store.read(archiveKey(of), { fromByte: 0, tag: stat.tag, signal }))
    hash.update(chunk);
  return hash.digest('hex') === candidate.sha256;
}

/**
 * Uploads the archive, on the condition that nobody else has put one there since. Rejects with `publish_conflict`, also where it
 * is not ours any more when it is there.
 */
export async function placeArchive(options: PublishOptions, place: ArchivePlace): Promise<void> {
  const { store, candidate, progress, signal } = options;
  const key = archiveKey(options);
  const { file: path, sizeBytes, sha256 } = candidate;
  const onProgress = (bytesDone: number) => progress.sending(bytesDone);
  try {
    await store.putFile(key, { path, sizeBytes, sha256, ifTag: place.tag, onProgress, signal });
    progress.sent();
    // That of what was there would be one of other bytes. Where another publisher was first it may be his, and stays.
    if (place.tag !== null) await store.remove(signatureOf(key), signal);
  } catch (error) {
    if (!(error instanceof SlipwayError && error.code === 'publish_conflict')) throw error;
  }
  const stat = await store.stat(key, signal);
  if (!stat || !(await isOurs(options, stat))) throw overtaken(options);
  for (const other of place.others)
    for (const gone of [other, signatureOf(other)]) await store.remove(gone, signal);
}

function overtaken(options: PublishOptions): SlipwayError {
  const { app, version, store } = options;
  return new SlipwayError('publish_conflict', {
    message: `another publisher has put other bytes there as ${app} ${version}: ${store.address}`,
    hint: 'they were left as they are; this release is not published: give it a version of its own',
    next: store.showCommand(archiveKey(options)),
  });
}
