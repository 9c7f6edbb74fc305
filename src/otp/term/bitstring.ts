// External Term Format, section BIT_BINARY_EXT.
import { unencodable } from './malformed.ts';

/** Bits that do not fill their last byte, as <<5:3>>: of that byte the `bits` (1 to 7) highest count, the others are 0. */
export class Bitstring {
  declare readonly bytes: Uint8Array;
  declare readonly bits: number;

  constructor(bytes: Uint8Array, bits: number) {
    if (bytes.length === 0 || !(bits >= 1 && bits <= 7))
      throw unencodable(`a bitstring of ${bytes.length} bytes with ${bits} bits in the last`);
    this.bytes = withoutRest(bytes, bits);
    this.bits = bits;
  }
}

function withoutRest(bytes: Uint8Array, bits: number): Uint8Array {
  const last = bytes[bytes.length - 1] as number;
  const kept = last & (0xff00 >> bits);
  if (kept === last) return bytes;
  const copy = Uint8Array.from(bytes);
  copy[copy.length - 1] = kept;
  return copy;
}
