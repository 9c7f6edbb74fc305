import type { SlipwayError } from '../kernel/index.ts';
import { archiveFolderKey, archiveNames, versionOfArchive } from './bucket-layout.ts';
import { missingArchive } from './missing-archive.ts';
import type { ObjectStat, ObjectStore } from './store/index.ts';

export interface RemoteArchive {
  key: string;
  stat: ObjectStat;
}

/** The archives of one app in a bucket on a server. Throws what the store throws. */
export class RemoteArchives {
  readonly store: ObjectStore;
  private readonly name: string;

  constructor({ store, name }: { store: ObjectStore; name: string }) {
    this.store = store;
    this.name = name;
  }

  async find(version: string, signal: AbortSignal): Promise<RemoteArchive | null> {
    for (const file of archiveNames(this.name, version)) {
      const key = `${archiveFolderKey(this.name)}/${file}`;
      const stat = await this.store.stat(key, signal);
      if (stat) return { key, stat };
    }
    return null;
  }

  /** Newest first; null where the store cannot tell. */
  async versions(signal: AbortSignal): Promise<string[] | null> {
    const folder = `${archiveFolderKey(this.name)}/`;
    const listed = await this.store.list(folder, signal);
    if (listed === null) return null;
    const newestMs = new Map<string, number>();
    for (const { key, modifiedMs } of listed) {
      const version = versionOfArchive(this.name, key.slice(folder.length));
      if (version !== null) newestMs.set(version, Math.max(modifiedMs, newestMs.get(version) ?? 0));
    }
    return [...newestMs]
      .sort(([a, aMs], [b, bMs]) => bMs - aMs || (a < b ? 1 : -1))
      .map(([version]) => version);
  }

  /** `<address>.tar.gz does not exist (nor .tar.zst, .zip)` */
  absence(version: string): string {
    const [first = '', ...others] = archiveNames(this.name, version);
    const stem = `${this.name}-${version}`;
    const suffixes = others.map((other) => other.slice(stem.length));
    const address = this.store.addressOf(`${archiveFolderKey(this.name)}/${first}`);
    return `${address} does not exist (nor ${suffixes.join(', ')})`;
  }

  async missing(version: string, signal: AbortSignal): Promise<SlipwayError> {
    return missingArchive({
      version,
      absence: this.absence(version),
      versions: await this.versions(signal).catch(() => null),
      folder: this.store.addressOf(archiveFolderKey(this.name)),
      next: this.store.showCommand(`${archiveFolderKey(this.name)}/`),
    });
  }
}
