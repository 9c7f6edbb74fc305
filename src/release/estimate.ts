import fs from 'node:fs';
import { promisify } from 'node:util';
import { closing, errnoOf, type Owners, openOwnedSoon, SlipwayError } from '../kernel/index.ts';
import { formatOf, MAGIC_BYTES } from './archive-format.ts';
import { defaultLimits } from './limits.ts';

const read = promisify(fs.read);

/** zstd of release trees: 2 to 4. */
const ZSTD_FACTOR = 5;
/** The most that deflate reaches: whatever a trailer claims beyond it is a lie, or a size modulo 2^32. */
const DEFLATE_MAX_FACTOR = 1032;
/** A file for each 8 KB: Erlang releases have 17 KB a file, node_modules 10. */
const BYTES_PER_INODE = 8 * 1024;
const INODES_MIN = 1000;

/**
 * Roughly what unpacking an archive will take, from a few bytes of it:
 * tar: its size. gzip: the size in its last four bytes (RFC 1952, ISIZE). zip: the sum over its central directory.
 * zstd: five times its size. Inodes: a zip file lists them, else one for each 8 KB and 1,000 at least.
 * A damaged archive gets an estimate too: `unpack` says what is wrong with it. Rejects with `archive_missing`,
 * `permission`.
 */
export async function estimate(
  archive: string,
  owners: Owners = [],
): Promise<{ bytes: number; inodes: number }> {
  const file = await openArchive(archive, owners);
  using _ = closing(file);
  const stat = fs.fstatSync(file);
  if (!stat.isFile()) return { bytes: 0, inodes: 0 };
  const { size } = stat;
  const head = Buffer.alloc(MAGIC_BYTES);
  await read(file, head, 0, MAGIC_BYTES, 0);
  const format = formatOf(head);
  if (format === 'zip') return await zipEstimate(file, size);
  const bytes =
    format === 'gzip' ? await gzipBytes(file, size) : format === 'zstd' ? size * ZSTD_FACTOR : size;
  return { bytes, inodes: inodesFor(bytes) };
}

async function openArchive(archive: string, owners: Owners): Promise<number> {
  try {
    return await openOwnedSoon(archive, owners);
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error;
    throw new SlipwayError('archive_missing', {
      message: `The archive ${archive} is not there`,
      hint: 'Nothing was changed',
    });
  }
}

/** Modulo 2^32, and of the last member alone: a figure below the compressed size is raised to it. */
async function gzipBytes(file: number, size: number): Promise<number> {
  const trailer = Buffer.alloc(4);
  await read(file, trailer, 0, trailer.length, Math.max(0, size - trailer.length));
  return Math.max(size, Math.min(trailer.readUInt32LE(), size * DEFLATE_MAX_FACTOR));
}

async function zipEstimate(file: number, size: number): Promise<{ bytes: number; inodes: number }> {
  let bytes = 0;
  try {
    const { fromFdPromise } = await import('yauzl');
    const zip = await fromFdPromise(file, { autoClose: false, decodeStrings: false });
    if (zip.entryCount > defaultLimits.entries) return { bytes: size, inodes: zip.entryCount };
    for await (const entry of zip.eachEntry()) bytes += entry.uncompressedSize;
    return { bytes: Math.min(bytes, size * DEFLATE_MAX_FACTOR), inodes: zip.entryCount };
  } catch {
    return { bytes: size, inodes: inodesFor(size) };
  }
}

function inodesFor(bytes: number): number {
  return Math.max(INODES_MIN, Math.ceil(bytes / BYTES_PER_INODE));
}
