import fs from 'node:fs';
import path from 'node:path';
import {
  errnoOf,
  refuseStrangers,
  removeFileDurable,
  syncDirectory,
  writeFileDurable,
} from '../../kernel/index.ts';
import { readSmallFile } from '../small-file.ts';
import { fileIdentity, stat } from '../stat.ts';
import { lockFolder } from './folder-lock.ts';
import { folderTrouble } from './folder-trouble.ts';
import { conflict, replaced } from './replaced.ts';
import type { ListedObject, ObjectStat, PutFileOptions, SmallObject, WritableStore } from './store.ts';

/** What is being written, until it is whole. */
const PART_SUFFIX = '.slipway-part';
const MODE = 0o644;

/**
 * A folder as a bucket, for those who publish. Sources of this host read it otherwise: they are told by the file system
 * (`LocalBucket`). Writers wait for each other, and for nobody who has died.
 */
export class FolderStore implements WritableStore {
  readonly address: string;

  constructor(root: string) {
    this.address = root;
  }

  addressOf(key: string): string {
    return path.join(this.address, key);
  }

  showCommand(key: string): string {
    return `ls -l ${this.addressOf(key)}`;
  }

  async get(
    key: string,
    { maxBytes, unlessTag }: { maxBytes: number; unlessTag?: string | null; signal: AbortSignal },
  ): Promise<SmallObject | 'unchanged' | null> {
    const file = this.addressOf(key);
    const found = await this.stat(key);
    if (!found || found.tag === unlessTag) return found && 'unchanged';
    const read = await orNull(file, readSmallFile(file, { maxBytes, owners: null }));
    return read && { bytes: read.bytes, tag: fileIdentity(read.stat), modifiedMs: read.stat.mtimeMs };
  }

  async stat(key: string): Promise<ObjectStat | null> {
    const file = this.addressOf(key);
    const found = await orNull(file, stat(file));
    return (
      found && { sizeBytes: found.size, tag: fileIdentity(found), modifiedMs: found.mtimeMs, sha256: null }
    );
  }

  async *read(
    key: string,
    { fromByte, tag, signal }: { fromByte: number; tag: string; signal: AbortSignal },
  ): AsyncGenerator<Uint8Array> {
    const from = this.addressOf(key);
    const file = await orNull(from, fs.promises.open(from, 'r'));
    await using _ = file;
    if (!file || fileIdentity(await file.stat()) !== tag) throw replaced(from, this.showCommand(key));
    yield* file.createReadStream({ start: fromByte, signal });
  }

  async list(prefix: string): Promise<ListedObject[]> {
    const folder = this.addressOf(path.posix.dirname(`${prefix}x`));
    const options = { withFileTypes: true, recursive: true } as const;
    const entries = (await orNull(folder, fs.promises.readdir(folder, options))) ?? [];
    const keys = entries
      .filter((entry) => !entry.isDirectory() && !isLeftOver(entry.name))
      .map(({ parentPath, name }) => path.relative(this.address, path.join(parentPath, name)));
    const found: ListedObject[] = [];
    for (const key of keys.filter((each) => each.startsWith(prefix))) {
      const object = await this.stat(key);
      if (object) found.push({ key, sizeBytes: object.sizeBytes, modifiedMs: object.modifiedMs });
    }
    return found;
  }

  async put(
    key: string,
    bytes: Uint8Array,
    { ifTag, signal }: { ifTag?: string | null; signal: AbortSignal },
  ): Promise<{ tag: string }> {
    await using _ = await this.held(key, { ifTag, signal });
    const file = this.addressOf(key);
    try {
      writeFileDurable(file, bytes, { mode: MODE });
      return { tag: fileIdentity(fs.statSync(file)) };
    } catch (error) {
      throw folderTrouble(error, file);
    }
  }

  async putFile(key: string, { path: from, ifTag, onProgress, signal }: PutFileOptions): Promise<void> {
    await using _ = await this.held(key, { ifTag, signal });
    const file = this.addressOf(key);
    const part = `${file}${PART_SUFFIX}`;
    try {
      await using source = await fs.promises.open(from, 'r');
      await using target = await fs.promises.open(part, 'wx', MODE);
      let bytesDone = 0;
      for await (const chunk of source.createReadStream({
        highWaterMark: 1024 ** 2,
        autoClose: false,
        signal,
      })) {
        await target.writeFile(chunk as Buffer);
        bytesDone += (chunk as Buffer).length;
        onProgress?.(bytesDone);
      }
      await target.sync();
      fs.renameSync(part, file);
    } catch (error) {
      fs.rmSync(part, { force: true });
      throw signal.aborted ? signal.reason : folderTrouble(error, file);
    }
    syncDirectory(path.dirname(file));
  }

  async remove(key: string): Promise<void> {
    const file = this.addressOf(key);
    try {
      removeFileDurable(file);
    } catch (error) {
      throw folderTrouble(error, file);
    }
  }

  /** The folder of a key, made where it is not there, in which nobody else writes until it is let go; the condition holds. */
  private async held(
    key: string,
    { ifTag, signal }: { ifTag?: string | null | undefined; signal: AbortSignal },
  ): Promise<AsyncDisposable> {
    const file = this.addressOf(key);
    const folder = path.dirname(file);
    try {
      if (process.geteuid?.() === 0) refuseStrangers(folder);
      makeFolder(folder);
    } catch (error) {
      throw folderTrouble(error, file);
    }
    const lock = await lockFolder(folder, signal);
    try {
      sweep(folder);
      const tag = (await this.stat(key))?.tag ?? null;
      if (ifTag === undefined || tag === ifTag) return lock;
      throw conflict(file, this.showCommand(key));
    } catch (error) {
      await lock[Symbol.asyncDispose]();
      throw folderTrouble(error, file);
    }
  }
}

function makeFolder(folder: string): void {
  if (fs.existsSync(folder)) return;
  makeFolder(path.dirname(folder));
  try {
    fs.mkdirSync(folder, 0o755);
  } catch (error) {
    if (errnoOf(error) !== 'EEXIST') throw error;
  }
  syncDirectory(path.dirname(folder));
}

/** What a writer left who was killed: whoever holds the folder is the only one. */
function sweep(folder: string): void {
  for (const name of fs.readdirSync(folder))
    if (isLeftOver(name)) fs.rmSync(path.join(folder, name), { force: true });
}

/** A part of a large file, or what `writeFileDurable` has not renamed yet. */
function isLeftOver(name: string): boolean {
  return name.endsWith(PART_SUFFIX) || /^\.tmp-.+\.\d+\.[0-9a-f]{12}$/.test(name);
}

async function orNull<T>(file: string, result: Promise<T>): Promise<T | null> {
  try {
    return await result;
  } catch (error) {
    if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ENOTDIR') return null;
    throw folderTrouble(error, file);
  }
}
