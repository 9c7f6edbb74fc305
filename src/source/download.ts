import fs from 'node:fs';
import path from 'node:path';
import { type Clock, formatSize, isDiskFull, SlipwayError, syncDirectory } from '../kernel/index.ts';
import type { ObjectStore } from './store/index.ts';

export interface Download {
  store: ObjectStore;
  key: string;
  tag: string;
  sizeBytes: number;
  /** Where it is to be when it is whole; until then it is beside it. */
  file: string;
  signal: AbortSignal;
  say?: (line: string) => void;
  clock: Clock;
}

const SAY_EVERY_MS = 5000;

/**
 * Reads an object into a file, from where a former attempt was cut off.
 * @throws SlipwayError what the store throws, and what came so far stays for the next attempt; `disk_full`
 */
export async function download(work: Download): Promise<void> {
  const { store, key, tag, sizeBytes, file } = work;
  const part = partOf(file);
  // Nothing tells whether what is there now is what was there before.
  if (tag === '') fs.rmSync(part, { force: true });
  const bytes = await goOn(work, part);
  if (bytes === sizeBytes) {
    // Under its own name it is whole, after a power loss too.
    fs.renameSync(part, file);
    return syncDirectory(path.dirname(file));
  }
  const message = `${store.addressOf(key)} ended after ${bytes} of ${sizeBytes} bytes`;
  const next = store.showCommand(key);
  if (bytes < sizeBytes)
    throw new SlipwayError('bucket_unreachable', {
      message,
      hint: 'it is tried again; nothing was changed',
      next,
    });
  fs.rmSync(part);
  throw new SlipwayError('archive_replaced', {
    message: `${message} and more`,
    hint: 'what was read of it is thrown away; nothing was changed',
    next,
  });
}

/** How much of it is here. */
export function downloadedBytes(file: string): number {
  return fs.statSync(partOf(file), { throwIfNoEntry: false })?.size ?? 0;
}

function partOf(file: string): string {
  return `${file}.part`;
}

async function goOn(
  { store, key, tag, sizeBytes, signal, say, clock }: Download,
  part: string,
): Promise<number> {
  await using file = await fs.promises.open(part, 'a', 0o600);
  let bytes = (await file.stat()).size;
  let saidMs = clock.monotonicMs();
  try {
    const isMissing = bytes < sizeBytes;
    for await (const chunk of isMissing ? store.read(key, { fromByte: bytes, tag, signal }) : []) {
      bytes += chunk.length;
      if (bytes > sizeBytes) break;
      await writeAll(file, chunk);
      if (clock.monotonicMs() - saidMs < SAY_EVERY_MS) continue;
      saidMs = clock.monotonicMs();
      say?.(`${formatSize(bytes)} of ${formatSize(sizeBytes)}`);
    }
    await file.sync();
  } catch (error) {
    throw isDiskFull(error) ? fullDisk(part, error) : error;
  }
  return bytes;
}

async function writeAll(file: fs.promises.FileHandle, chunk: Uint8Array): Promise<void> {
  for (let done = 0; done < chunk.length; ) done += (await file.write(chunk, done)).bytesWritten;
}

function fullDisk(part: string, cause: unknown): SlipwayError {
  return new SlipwayError('disk_full', {
    message: `there is no room left for ${part}`,
    hint: 'what was live is as it was',
    next: `df -h ${part}`,
    cause,
  });
}
