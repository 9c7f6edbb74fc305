import fs from 'node:fs';
import { promisify } from 'node:util';
import { closing, type Owners, openOwnedSoon } from '../kernel/index.ts';

const read = promisify(fs.read);

/**
 * Whether an archive ends as its format ends: cheap evidence that nobody is in the middle of writing it.
 * No proof of anything: `false` only means that it cannot be told (an odd gzip, a comment in a zip, any zstd).
 * - gzip: the last four bytes are the length of the tar modulo 2^32 (RFC 1952, 2.3.1), and a tar is made of 512-byte
 *   blocks. One unfinished file in 512 passes for whole.
 * - zip: an end-of-central-directory record without a comment (APPNOTE 4.3.16).
 */
export async function endsWhole(path: string, sizeBytes: number, owners: Owners = []): Promise<boolean> {
  if (sizeBytes < END_BYTES) return false;
  const fd = await openOwnedSoon(path, owners);
  using _ = closing(fd);
  const { buffer: start } = await read(fd, Buffer.alloc(2), 0, 2, 0);
  const { buffer: end } = await read(fd, Buffer.alloc(END_BYTES), 0, END_BYTES, sizeBytes - END_BYTES);
  if (path.endsWith('.tar.gz'))
    return start.equals(GZIP_MAGIC) && isWholeTarLength(end.readUInt32LE(END_BYTES - 4));
  return end.subarray(0, 4).equals(ZIP_END_MAGIC) && end.readUInt16LE(END_BYTES - 2) === 0;
}

/** The size of a zip's end record; a gzip's trailer is shorter. */
const END_BYTES = 22;
const GZIP_MAGIC = Buffer.from([0x1f, 0x8b]);
const ZIP_END_MAGIC = Buffer.from('PK\x05\x06', 'latin1');

/** 0 is what an unwritten end of a preallocated file reads as. */
function isWholeTarLength(bytes: number): boolean {
  return bytes > 0 && bytes % 512 === 0;
}
