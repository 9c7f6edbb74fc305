import { createHash, type Hash } from 'node:crypto';
import fs from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { errnoOf, isDiskFull, messageOf, type Owners, openOwned, SlipwayError } from '../kernel/index.ts';
import { type ArchiveFormat, formatOf, MAGIC_BYTES } from './archive-format.ts';
import { type Limits, OutputMeter } from './limits.ts';
import type { Owner } from './permission-rule.ts';
import { Refusal } from './refusal.ts';
import { TarReader } from './tar-reader.ts';
import { Tree } from './tree.ts';
import type { Wrapping } from './wrapper.ts';

/** What the worker is asked to do. */
export interface UnpackJob {
  archive: string;
  owners: Owners;
  /** Made by the worker; whoever asked removes it when the outcome is not `done`. */
  directory: string;
  owner: Owner | null;
  limits: Limits;
  /** Which folder around everything else is to be left out; null: none. */
  wrapping: Wrapping | null;
  /** The digest in lower case; null where it is not to be checked (it costs a millisecond per megabyte). */
  sha256: string | null;
}

/** What the worker sends back, once. */
export type UnpackOutcome =
  | { outcome: 'done'; entries: number; sizeBytes: number; wrapper: string | null }
  /** `found`: the digest of the very bytes that were unpacked. */
  | { outcome: 'mismatch'; found: string }
  | { outcome: 'missing' | 'disk_full' | 'refused'; why: string }
  | { outcome: 'permission'; why: string; next?: string | null };

const READ_BYTES = 128 * 1024;
const OUTPUT_BYTES = 1024 * 1024;

parentPort?.postMessage(await attempt(workerData as UnpackJob));

async function attempt(job: UnpackJob): Promise<UnpackOutcome> {
  try {
    return await unpack(job);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    if (isDiskFull(error)) return { outcome: 'disk_full', why };
    if (error instanceof SlipwayError && error.code === 'permission')
      return { outcome: 'permission', why: messageOf(error), next: error.next };
    if (['EACCES', 'EPERM', 'EROFS'].includes(errnoOf(error) ?? '')) return { outcome: 'permission', why };
    if (errnoOf(error) === 'ENOENT' && (error as NodeJS.ErrnoException).path === job.archive)
      return { outcome: 'missing', why };
    return { outcome: 'refused', why };
  }
}

async function unpack({
  archive,
  owners,
  directory,
  owner,
  limits,
  wrapping,
  sha256,
}: UnpackJob): Promise<UnpackOutcome> {
  const fd = openArchive(archive, owners);
  const format = readFormat(fd);
  const tree = new Tree(directory, { limits, owner, wrapping });
  const hash = sha256 === null ? null : createHash('sha256');
  if (format === 'zip') await unpackZip({ fd, hash, limits, tree });
  else await unpackTar({ fd, hash, limits, tree, format });
  const unpacked = tree.finish();
  const found = hash?.digest('hex') ?? null;
  return found === sha256 || found === null
    ? { outcome: 'done', ...unpacked }
    : { outcome: 'mismatch', found };
}

function openArchive(archive: string, owners: Owners): number {
  const fd = openArchiveFile(archive, owners);
  if (!fs.fstatSync(fd).isFile()) throw new Refusal('it is not a regular file');
  return fd;
}

function openArchiveFile(archive: string, owners: Owners): number {
  try {
    return openOwned(archive, owners);
  } catch (error) {
    // The error names the file as it was asked for, whatever link led to where it is not.
    if (errnoOf(error) === 'ENOENT') Object.assign(error as Error, { path: archive });
    throw error;
  }
}

function readFormat(fd: number): ArchiveFormat {
  const head = Buffer.alloc(MAGIC_BYTES);
  if (fs.readSync(fd, head, 0, MAGIC_BYTES, 0) === 0) throw new Refusal('it is empty');
  return formatOf(head);
}

interface Source {
  fd: number;
  hash: Hash | null;
  limits: Limits;
  tree: Tree;
}

async function unpackTar({
  fd,
  hash,
  limits,
  tree,
  format,
}: Source & { format: ArchiveFormat }): Promise<void> {
  const reader = new TarReader(tree);
  const source = readWhole(fd, hash);
  if (format === 'tar') {
    const meter = new OutputMeter(limits, () => Number.POSITIVE_INFINITY);
    for (const chunk of source.chunks) {
      meter.add(chunk.length);
      reader.write(chunk);
    }
  } else {
    // Room for several pieces of output: while one is written to the disk here, zlib's own thread makes the next.
    const options = { chunkSize: OUTPUT_BYTES, readableHighWaterMark: 4 * OUTPUT_BYTES };
    const decompressor = format === 'gzip' ? createGunzip(options) : createZstdDecompress(options);
    const meter = new OutputMeter(limits, () => decompressor.bytesWritten);
    await pipeline(Readable.from(source.chunks), decompressor, async (output: AsyncIterable<Buffer>) => {
      for await (const chunk of output) {
        meter.add(chunk.length);
        reader.write(chunk);
      }
    });
    // Node drops zeros behind a gzip stream, and anything behind the first zstd frame, without a word.
    if (decompressor.bytesWritten !== source.bytesRead())
      throw new Refusal(`something follows the end of its ${format} stream`);
  }
  reader.end();
}

async function unpackZip({ fd, hash, limits, tree }: Source): Promise<void> {
  const before = fs.fstatSync(fd, { bigint: true });
  if (hash) for (const _ of readWhole(fd, hash).chunks);
  // Loaded here, because most archives are none and the thread starts anew for each.
  const { readZip } = await import('./zip-reader.ts');
  await readZip({ fd, sizeBytes: Number(before.size), limits, sink: tree });
  // A zip file is read here and there, after the digest was made: nobody may have written to it meanwhile.
  const after = fs.fstatSync(fd, { bigint: true });
  if (before.ctimeNs !== after.ctimeNs || before.size !== after.size)
    throw new Refusal('it was changed while it was read');
}

function readWhole(fd: number, hash: Hash | null): { chunks: Iterable<Buffer>; bytesRead: () => number } {
  let position = 0;
  function* chunks() {
    while (true) {
      // A buffer each: the decompressor reads it on another thread.
      const buffer = Buffer.allocUnsafeSlow(READ_BYTES);
      const length = fs.readSync(fd, buffer, 0, READ_BYTES, position);
      if (length === 0) return;
      position += length;
      const chunk = buffer.subarray(0, length);
      hash?.update(chunk);
      yield chunk;
    }
  }
  return { chunks: chunks(), bytesRead: () => position };
}
