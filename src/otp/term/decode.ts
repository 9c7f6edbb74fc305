// External Term Format: from bytes to terms. Section "Introduction": the version byte, and compressed terms.
import { inflateSync, type Zlib } from 'node:zlib';
import { asBuffer } from './binary.ts';
import { readTerm } from './decode-term.ts';
import { Input, type InputLimits } from './input.ts';
import { malformed } from './malformed.ts';
import type { Term } from './term.ts';

export interface DecodeLimits extends InputLimits {
  /** The largest that a compressed term may be once it is inflated; 0 refuses all. Default: 64 MiB. */
  maxInflatedBytes?: number;
}

const MAX_INFLATED_BYTES = 64 * 1024 * 1024;

/**
 * The one term, version byte first, that the bytes are. Binaries in it are parts of `bytes`, which must not change
 * afterwards. Takes memory for what is there, never for what a length only claims: some tens of bytes for each byte.
 * @throws SlipwayError `term_malformed` with what is wrong and at which byte
 */
export function decode(bytes: Uint8Array, limits: DecodeLimits = {}): Term {
  const { term, end } = decodeFirst(bytes, 0, limits);
  if (end < bytes.length) throw malformed(`${bytes.length - end} bytes follow the term`, end);
  return term;
}

/** The term that begins, version byte first, at `offset`, and where it ends. */
export function decodeFirst(
  bytes: Uint8Array,
  offset: number,
  limits: DecodeLimits = {},
): { term: Term; end: number } {
  const input = new Input(asBuffer(bytes), offset, limits);
  const version = input.uint8();
  if (version !== 131) throw malformed(`version ${version} instead of 131`, offset);
  const isCompressed = input.bytes[input.at] === 80;
  const term = isCompressed ? readCompressed(input, limits) : readTerm(input);
  return { term, end: input.at };
}

/** Tag, size of the inflated term, and zlib's bytes. */
function readCompressed(input: Input, limits: DecodeLimits): Term {
  const { maxInflatedBytes = MAX_INFLATED_BYTES } = limits;
  const start = input.skip(1);
  const size = input.uint32();
  const wrong = (what: string) => malformed(`a compressed term ${what}`, start);
  if (size > maxInflatedBytes) throw wrong(`of ${size} bytes, more than the ${maxInflatedBytes} allowed`);
  const { buffer, engine } = inflate(input.bytes.subarray(input.at), size, wrong);
  if (buffer.length !== size) throw wrong(`says ${size} bytes and has ${buffer.length}`);
  input.at += engine.bytesWritten;
  const inner = new Input(buffer, 0, limits);
  const term = readTerm(inner);
  if (inner.at < size) throw wrong(`has ${size - inner.at} bytes after the term`);
  return term;
}

/** Inflates no more than the size that was claimed. */
function inflate(bytes: Buffer, size: number, wrong: (what: string) => Error) {
  try {
    const result: unknown = inflateSync(bytes, { maxOutputLength: Math.max(size, 1), info: true });
    return result as { buffer: Buffer; engine: Zlib };
  } catch (error) {
    throw wrong(`cannot be inflated: ${(error as Error).message}`);
  }
}
