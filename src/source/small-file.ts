import fs from 'node:fs';

export interface SmallFile {
  stat: fs.Stats;
  bytes: Uint8Array;
}

/** What a file may grow by between its stat and its read, and is read all the same. */
const GROWTH_BYTES = 4096;

/**
 * The whole of a regular file of at most `maxBytes`. Throws Node's own errors, and an Error in words for what is no such file.
 * Where the file is replaced or grows meanwhile, `stat` is never newer than `bytes`.
 */
export async function readSmallFile(file: string, maxBytes: number): Promise<SmallFile> {
  // The open of a FIFO waits for a writer, were it not for O_NONBLOCK.
  const handle = await fs.promises.open(file, fs.constants.O_RDONLY | fs.constants.O_NONBLOCK);
  try {
    const stat = await handle.stat();
    if (!stat.isFile()) throw new Error(`${file} is not a regular file`);
    if (stat.size > maxBytes)
      throw new Error(`${file} has ${stat.size} bytes, at most ${maxBytes} are allowed`);
    const buffer = Buffer.alloc(Math.min(stat.size + GROWTH_BYTES, maxBytes + 1));
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, 0);
    return { stat, bytes: buffer.subarray(0, bytesRead) };
  } finally {
    await handle.close();
  }
}
