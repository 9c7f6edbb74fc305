import fs from 'node:fs';

/**
 * Uncompressed length of a gzip file, bytes: its last field, ISIZE (RFC 1952, section 2.3.1), modulo 2^32. Heads are cut
 * smaller than that.
 */
export function gzipLength(fd: number): number {
  const field = Buffer.alloc(4);
  const { size } = fs.fstatSync(fd);
  if (size < 18 || fs.readSync(fd, field, 0, 4, size - 4) !== 4) return 0;
  return field.readUInt32LE();
}
