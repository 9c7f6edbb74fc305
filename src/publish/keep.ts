import {
  archiveFolderKey,
  CURRENT_JSON_MAX_BYTES,
  currentPrefix,
  isCurrentKey,
  type ListedObject,
  signatureOf,
  versionOfArchive,
} from '../source/index.ts';
import type { PublishOptions } from './options.ts';
import { readFormer } from './publication.ts';
import { refused } from './refusal.ts';

/**
 * Removes archives, the oldest first, until so many versions are left. What the `current.json` of any environment names stays, and
 * so does what was just published. What is newer than that stays, too:
 * its publisher is about to offer it. Gives the keys of what is gone, or would be.
 */
export async function keepNewest(
  options: PublishOptions & { keep: number; dryRun: boolean },
): Promise<string[]> {
  const { store, app, version, keep, dryRun, signal } = options;
  const folder = `${archiveFolderKey(app)}/`;
  const objects = await store.list(folder, signal);
  if (objects === null) throw refused(`${store.address} does not tell what is in it`);
  const versions = Map.groupBy(objects, ({ key }) => versionOfArchive(app, key.slice(folder.length)));
  const newest = [...versions]
    .filter((entry): entry is [string, ListedObject[]] => entry[0] !== null)
    .sort(([, a], [, b]) => newestOf(b) - newestOf(a));
  const needed = new Set([version, ...(await offered(options))]);
  const own = versions.get(version);
  const ownMs = own ? newestOf(own) : Number.POSITIVE_INFINITY;
  const old = newest
    .filter(
      ([each, archives], position) => position >= keep && !needed.has(each) && newestOf(archives) < ownMs,
    )
    .reverse();
  const removed: string[] = [];
  for (const [each, archives] of old) {
    // Another publisher may have offered it meanwhile.
    if (!dryRun && (await offered(options)).includes(each)) continue;
    for (const { key } of archives) {
      if (!dryRun) for (const gone of [key, signatureOf(key)]) await store.remove(gone, signal);
      removed.push(key);
    }
  }
  return removed;
}

/** The versions that are offered, in whatever environment. One that cannot be read could name any: nothing is removed then. */
async function offered({ store, app, signal }: PublishOptions): Promise<string[]> {
  const found: string[] = [];
  for (const { key } of (await store.list(currentPrefix(app), signal)) ?? []) {
    if (!isCurrentKey(app, key)) continue;
    const object = await store.get(key, { maxBytes: CURRENT_JSON_MAX_BYTES, signal });
    if (object === null || object === 'unchanged') continue;
    const former = readFormer(object.bytes);
    if (!former) throw refused(`${store.addressOf(key)} cannot be read, and may name any of them`);
    found.push(former.version);
  }
  return found;
}

function newestOf(archives: ListedObject[]): number {
  return Math.max(...archives.map(({ modifiedMs }) => modifiedMs));
}
