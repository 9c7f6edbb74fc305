import fs, { type Dirent } from 'node:fs';
import { type FileHandle, open, readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { errnoOf, pathOf, runTool, SlipwayError } from '../kernel/index.ts';

const { O_RDONLY, O_DIRECTORY, O_NOFOLLOW, O_NONBLOCK, O_NOCTTY } = fs.constants;
/** So few entries are always written by themselves. */
const FEW_ENTRIES = 64;
/** A disk writes about so much in one piece in the time that the fsync of one entry takes. */
const ENTRY_BYTES = 256 * 1024;
/** One of the four threads that all of the agent's file work shares is left to the others. */
const AT_ONCE = 3;

/**
 * Has whole trees on the disk, each file and directory of them and the way to them, so that a power loss after the switch
 * finds them whole. Waits for what others write only where that is little: each fsync costs the disk a turn, which for
 * thousands of files takes longer than to write what all of the file system waits for (syncfs), unless a neighbour has just
 * written a lot. `dirtyBytes`: how much of the host's is not on its disks yet.
 *
 * Rejects with `release_unknown` where a tree is gone, `disk_full` and `tool_failed`, or the file system's own error.
 */
export async function syncTrees(
  trees: readonly string[],
  { dirtyBytes = hostDirtyBytes }: { dirtyBytes?: () => Promise<number> } = {},
): Promise<void> {
  const worthwhile = Math.max(FEW_ENTRIES, Math.floor((await dirtyBytes()) / ENTRY_BYTES));
  let left = worthwhile;
  for (const tree of trees) left -= await within(tree, (top) => countBelow(top, left));
  if (left < 0) return await syncFileSystems(trees);
  try {
    for (const tree of trees) {
      await within(tree, syncBelow);
      await syncWayTo(tree);
    }
  } catch (error) {
    // What the agent's own user may not open it need not open here.
    if (errnoOf(error) !== 'EACCES') throw error;
    await syncFileSystems(trees);
  }
}

/** Memory that waits to be written to disks, whoever wrote to it (proc_meminfo(5)). */
async function hostDirtyBytes(): Promise<number> {
  const text = await readFile('/proc/meminfo', 'latin1');
  const kilobytes = [...text.matchAll(/^(?:Dirty|Writeback): +(\d+) kB$/gm)].map(([, digits]) =>
    Number(digits),
  );
  return kilobytes.reduce((sum, each) => sum + each, 0) * 1024;
}

async function within<T>(tree: string, use: (top: FileHandle) => Promise<T>): Promise<T> {
  let top: FileHandle;
  try {
    top = await openDirectory(tree);
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error;
    throw new SlipwayError('release_unknown', {
      message: `${tree} is gone from the disk`,
      hint: 'nothing was changed; what was live is as it was',
    });
  }
  try {
    return await use(top);
  } finally {
    await top.close();
  }
}

/** Counts to one more than `limit` at most, so that a large tree is not walked in vain. */
async function countBelow(directory: FileHandle, limit: number): Promise<number> {
  let count = 1;
  for (const entry of await entriesOf(directory)) {
    if (count > limit) return count;
    if (!entry.isDirectory()) count++;
    else
      count += await below(directory, entry, (inner) => countBelow(inner, limit - count)).then(
        (found) => found ?? 0,
      );
  }
  return count;
}

/** Files first: what a directory names is there when its names are. Links and the like are names alone. */
async function syncBelow(directory: FileHandle): Promise<void> {
  const entries = await entriesOf(directory);
  const files = entries.filter((entry) => entry.isFile()).values();
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      for (const file of files) await syncFile(directory, file);
    }),
  );
  for (const entry of entries) if (entry.isDirectory()) await below(directory, entry, syncBelow);
  await directory.sync();
}

/** O_NOFOLLOW and O_NONBLOCK: in a tree that belongs to others, what was a file may be a link or a fifo by now. */
async function syncFile(directory: FileHandle, { name }: Dirent): Promise<void> {
  const flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY;
  const file = await orGone(open(entryOf(directory, name), flags));
  if (file === null) return;
  try {
    if ((await file.stat()).isFile()) await file.sync();
  } finally {
    await file.close();
  }
}

async function below<T>(
  directory: FileHandle,
  { name }: Dirent,
  use: (inner: FileHandle) => Promise<T>,
): Promise<T | null> {
  const inner = await orGone(openDirectory(entryOf(directory, name)));
  if (inner === null) return null;
  try {
    return await use(inner);
  } finally {
    await inner.close();
  }
}

function openDirectory(directory: string | Buffer): Promise<FileHandle> {
  return open(directory, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
}

/** Names are bytes, not always UTF-8: as Latin-1 none is lost. */
function entriesOf(directory: FileHandle): Promise<Dirent[]> {
  return readdir(pathOf(directory.fd), { withFileTypes: true, encoding: 'latin1' });
}

function entryOf(directory: FileHandle, name: string): Buffer {
  return Buffer.from(pathOf(directory.fd, name), 'latin1');
}

/** Gives null where it is gone, or has become something else: then it is not what the release consists of. */
async function orGone<T>(opening: Promise<T>): Promise<T | null> {
  try {
    return await opening;
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'ELOOP', 'ENXIO'].includes(errnoOf(error) ?? '')) return null;
    throw error;
  }
}

/** Directories above it may be as new as the tree. */
async function syncWayTo(tree: string): Promise<void> {
  const { dev } = await stat(tree);
  for (let at = path.dirname(path.resolve(tree)); at !== path.dirname(at); at = path.dirname(at)) {
    if ((await stat(at)).dev !== dev) return;
    const directory = await open(at, O_RDONLY | O_DIRECTORY).catch(orNotOurs);
    if (directory === null) return;
    try {
      await directory.sync();
    } finally {
      await directory.close();
    }
  }
}

function orNotOurs(error: unknown): null {
  if (errnoOf(error) === 'EACCES') return null;
  throw error;
}

async function syncFileSystems(trees: readonly string[]): Promise<void> {
  const devices = new Map<number, string>();
  for (const tree of trees) devices.set((await stat(tree)).dev, tree);
  await runTool(['sync', '--file-system', '--', ...devices.values()]);
}
