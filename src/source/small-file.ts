import fs from 'node:fs';
import { promisify } from 'node:util';
import { closing, type Owners, openOwnedSoon } from '../kernel/index.ts';

const [read, fstat] = [promisify(fs.read), promisify(fs.fstat)];

export interface SmallFile {
  stat: fs.Stats;
  bytes: Uint8Array;
}

/** What a file may grow by between its stat and its read, and is read all the same. */
const GROWTH_BYTES = 4096;

/**
 * The whole of a regular file of at most `maxBytes`. Throws Node's own errors, and an Error in words for what is no
 * such file. If the file is replaced or grows meanwhile, `stat` is not newer than `bytes`.
 */
export async function readSmallFile(
  file: string,
  { maxBytes, owners }: { maxBytes: number; owners: Owners },
): Promise<SmallFile> {
  const fd = await openOwnedSoon(file, owners);
  using _ = closing(fd);
  const stat = await fstat(fd);
  if (!stat.isFile()) throw new Error(`${file} is not a regular file`);
  if (stat.size > maxBytes)
    throw new Error(`${file} has ${stat.size} bytes, at most ${maxBytes} are allowed`);
  const buffer = Buffer.alloc(Math.min(stat.size + GROWTH_BYTES, maxBytes + 1));
  const { bytesRead } = await read(fd, buffer, 0, buffer.length, 0);
  return { stat, bytes: buffer.subarray(0, bytesRead) };
}
