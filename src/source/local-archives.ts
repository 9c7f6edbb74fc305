import fs from 'node:fs';
import path from 'node:path';
import { errnoOf, type Owners, openOwnedSoon } from '../kernel/index.ts';
import { archiveFolderKey, archiveNames, versionOfArchive } from './bucket-layout.ts';
import { stat } from './stat.ts';

export interface LocalArchive {
  path: string;
  stat: fs.Stats;
}

/** The archives of one app in a bucket that is a folder. Throws Node's errors, but for what is merely not there. */
export class LocalArchives {
  readonly folder: string;
  /** Whose the bucket may be, beside ours. */
  readonly owners: () => Promise<Owners>;
  private readonly name: string;

  constructor({ root, name, owners }: { root: string; name: string; owners: () => Promise<Owners> }) {
    this.folder = path.join(root, archiveFolderKey(name));
    this.name = name;
    this.owners = owners;
  }

  /** Where the version's archive may be, best first. */
  candidates(version: string): string[] {
    return archiveNames(this.name, version).map((file) => path.join(this.folder, file));
  }

  async find(version: string): Promise<LocalArchive | null> {
    for (const candidate of this.candidates(version)) {
      const found = await orNull(stat(candidate));
      if (!found) continue;
      if (!found.isFile()) throw new Error(`${candidate} is not a regular file`);
      return { path: candidate, stat: found };
    }
    return null;
  }

  /** Does what `find` does, and throws where the archive may not be read. */
  async findReadable(version: string): Promise<LocalArchive | null> {
    const archive = await this.find(version);
    if (archive) fs.closeSync(await openOwnedSoon(archive.path, await this.owners()));
    return archive;
  }

  /** Newest first, by the archives' time of modification. */
  async versions(): Promise<string[]> {
    const mtimeMs = new Map<string, number>();
    for (const file of (await orNull(fs.promises.readdir(this.folder))) ?? []) {
      const version = versionOfArchive(this.name, file);
      const found = version === null ? null : await orNull(stat(path.join(this.folder, file)));
      if (version !== null && found?.isFile())
        mtimeMs.set(version, Math.max(found.mtimeMs, mtimeMs.get(version) ?? 0));
    }
    return [...mtimeMs]
      .sort(([a, atMs], [b, btMs]) => btMs - atMs || (a < b ? 1 : -1))
      .map(([version]) => version);
  }

  /** `<path>.tar.gz does not exist (nor .tar.zst, .zip)` */
  absence(version: string): string {
    const [first = '', ...others] = this.candidates(version);
    const suffixes = others.map((other) =>
      other.slice(path.join(this.folder, `${this.name}-${version}`).length),
    );
    return `${first} does not exist (nor ${suffixes.join(', ')})`;
  }
}

async function orNull<T>(result: Promise<T>): Promise<T | null> {
  try {
    return await result;
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return null;
    throw error;
  }
}
