/** The fields of a tar header that matter here. A number is NaN where the field holds none. */
export interface TarHeader {
  /** The path, with ustar's prefix in front. */
  path: string;
  /** The type flag; `0` for the NUL of old archives. */
  type: string;
  sizeBytes: number;
  mode: number;
  mtimeSeconds: number;
  target: string;
}

const HEADER_BYTES = 512;
const CHECKSUM = { start: 148, end: 156 };
const SPACE = 0x20;
/** A number holds exactly so many of the 11 bytes of a size in base 256. */
const EXACT_BYTES = 6;

/**
 * The fields of a block of 512 bytes (POSIX.1-2017, pax, "ustar Interchange Format"; GNU tar manual, "Basic Tar Format"), or
 * null where its checksum is wrong: then it is no header. Names that are not UTF-8 hold U+FFFD.
 */
export function readTarHeader(block: Buffer): TarHeader | null {
  if (number(block, CHECKSUM.start, CHECKSUM.end) !== checksum(block)) return null;
  const name = text(block, 0, 100);
  // GNU's own format has a space where ustar has a NUL behind its name, and other things in the place of the prefix.
  const prefix = block.toString('latin1', 257, 263) === 'ustar\0' ? text(block, 345, 500) : '';
  return {
    path: prefix === '' ? name : `${prefix}/${name}`,
    type: block[156] === 0 ? '0' : block.toString('latin1', 156, 157),
    sizeBytes: number(block, 124, 136),
    mode: number(block, 100, 108),
    mtimeSeconds: number(block, 136, 148),
    target: text(block, 157, 257),
  };
}

/** The sum of all bytes, those of the checksum itself taken for spaces. */
function checksum(block: Buffer): number {
  let sum = SPACE * (CHECKSUM.end - CHECKSUM.start);
  for (let index = 0; index < CHECKSUM.start; index++) sum += block[index] ?? 0;
  for (let index = CHECKSUM.end; index < HEADER_BYTES; index++) sum += block[index] ?? 0;
  return sum;
}

/** The text up to the first NUL, or the whole field. */
function text(block: Buffer, start: number, end: number): string {
  if (block[start] === 0) return '';
  const nul = block.indexOf(0, start);
  return block.toString('utf8', start, nul < 0 ? end : Math.min(nul, end));
}

/**
 * Octal digits, with spaces in front and a space, a NUL or the end of the field behind; or base 256, which GNU marks by
 * the first bit.
 */
function number(block: Buffer, start: number, end: number): number {
  if ((block[start] ?? 0) & 0x80) return base256(block, start, end);
  let index = start;
  while (index < end && block[index] === SPACE) index += 1;
  const first = index;
  let value = 0;
  for (; index < end; index++) {
    const digit = (block[index] ?? 0) - 0x30;
    if (digit < 0 || digit > 7) break;
    value = value * 8 + digit;
  }
  const isEnded = index === end || block[index] === 0 || block[index] === SPACE;
  return index > first && isEnded ? value : Number.NaN;
}

/** Negative numbers (GNU has times before 1970 so) are none here, nor are those beyond 2^48. */
function base256(block: Buffer, start: number, end: number): number {
  const low = Math.max(start + 1, end - EXACT_BYTES);
  for (let index = start + 1; index < low; index++) if (block[index] !== 0) return Number.NaN;
  return block[start] === 0x80 ? block.readUIntBE(low, end - low) : Number.NaN;
}
