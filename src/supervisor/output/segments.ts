import { type FileHandle, open } from 'node:fs/promises';
import { errnoOf } from '../../kernel/index.ts';
import { copyFile, rotatedFile, rotatedIndexes } from './files.ts';
import { gzipLength } from './gzip-length.ts';
import { logSpan } from './log-span.ts';
import { readState } from './rotation-state.ts';

/** A rotated file, open: renames and removals do not matter to its reader. Offsets are absolute. */
export interface Segment {
  name: string;
  handle: FileHandle;
  start: number;
  end: number;
  /** Everything in it was written before. Milliseconds since the epoch. */
  closedMs: number;
}

/** The rotated files of a log, oldest first, open until disposed of. */
export interface Segments extends AsyncDisposable {
  list: Segment[];
  /** Where what no rotated file holds begins. */
  end: number;
}

export async function openSegments(file: string): Promise<Segments> {
  for (;;) {
    const { start } = logSpan(file);
    const list: Segment[] = [];
    const close = async () => {
      await Promise.all(list.map(({ handle }) => handle.close()));
    };
    try {
      for await (const segment of rotatedSegments(file, start)) list.unshift(segment);
    } catch (error) {
      await close();
      throw error;
    }
    // A head that was cut meanwhile is missing in the list.
    if (logSpan(file).start === start) return { list, end: start, [Symbol.asyncDispose]: close };
    await close();
  }
}

/** Newest first, as a rotation moves them: one met twice is known, and none is missed. */
async function* rotatedSegments(file: string, logStart: number): AsyncGenerator<Segment> {
  const inodes = new Set<number>();
  let end = logStart;
  for (const name of namesNewestFirst(file)) {
    const handle = await openIfThere(name);
    if (!handle) continue;
    const { ino, mtimeMs } = await handle.stat();
    if (inodes.has(ino)) {
      await handle.close();
      continue;
    }
    inodes.add(ino);
    const start = end - gzipLength(handle.fd);
    yield { name, handle, start, end, closedMs: mtimeMs };
    end = start;
  }
}

function namesNewestFirst(file: string): string[] {
  // The copy is complete only then, and the head that it holds cut or about to be.
  const isCopyWhole = readState(file).pending?.step === 'punch';
  // All numbers, listed or not: in the midst of a rotation one is missing that will be there when its turn comes.
  const count = (rotatedIndexes(file).at(-1) ?? 0) + 2;
  const names = Array.from({ length: count }, (_, index) => rotatedFile(file, index + 1));
  return isCopyWhole ? [copyFile(file), ...names] : names;
}

export async function openIfThere(name: string): Promise<FileHandle | null> {
  try {
    return await open(name, 'r');
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return null;
    throw error;
  }
}
