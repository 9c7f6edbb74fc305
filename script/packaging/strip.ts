import fs from 'node:fs';

/* Offsets in the header of a 64-bit ELF file, and in an entry of its program headers: elf(5). */
const PROGRAM_HEADERS = 32;
const SECTION_HEADERS = 40;
const PROGRAM_HEADER_BYTES = 54;
const PROGRAM_HEADER_COUNT = 56;
const SECTION_HEADER_FIELDS = [58, 60, 62];
const SEGMENT_OFFSET = 8;
const SEGMENT_BYTES = 32;

/**
 * Copies an executable without what only debuggers and linkers read: symbols, and the table of sections. What is loaded
 * is what the program headers name; nothing behind the last of it is. As strip(1) does it, but the same on every machine,
 * and for the processors that strip(1) of this machine does not know.
 */
export function stripExecutable(from: string, to: string): void {
  const bytes = fs.readFileSync(from);
  if (bytes.toString('latin1', 0, 4) !== '\x7fELF' || bytes[4] !== 2 || bytes[5] !== 1)
    throw new Error(`${from} is no 64-bit, little-endian ELF file`);
  const [start, size, count] = [
    Number(bytes.readBigUInt64LE(PROGRAM_HEADERS)),
    bytes.readUInt16LE(PROGRAM_HEADER_BYTES),
    bytes.readUInt16LE(PROGRAM_HEADER_COUNT),
  ];
  let end = start + size * count;
  for (let at = start; at < start + size * count; at += size) {
    const segmentEnd = bytes.readBigUInt64LE(at + SEGMENT_OFFSET) + bytes.readBigUInt64LE(at + SEGMENT_BYTES);
    end = Math.max(end, Number(segmentEnd));
  }
  bytes.writeBigUInt64LE(0n, SECTION_HEADERS);
  for (const field of SECTION_HEADER_FIELDS) bytes.writeUInt16LE(0, field);
  fs.writeFileSync(to, bytes.subarray(0, end), { mode: 0o755 });
}
