// External Term Format: the tags that are seldom met, and those that OTP no longer writes but may still send on.
import { Binary } from './binary.ts';
import { Bitstring } from './bitstring.ts';
import { readTaggedAtom } from './decode-atom.ts';
import { Float } from './float.ts';
import { ExternalFun, Fun } from './fun.ts';
import { Pid, Port, Reference } from './identifiers.ts';
import type { Input } from './input.ts';
import { malformed } from './malformed.ts';
import type { Term } from './term.ts';

type ReadTerm = (input: Input) => Term;

const MAX_REFERENCE_WORDS = 5;
/** Longer than any integer that the BEAM makes. */
const MAX_INTEGER_BYTES = 16 * 1024 * 1024;
const REFUSED: Record<number, string> = {
  68: 'a distribution header, which was not negotiated',
  80: 'a compressed term, which may not be within another',
  82: 'a reference to an atom cache, which was not negotiated',
  117: 'FUN_EXT, which no OTP since 23 writes',
  121: 'LOCAL_EXT, which only the node that made it can read',
};

/** What stands after this tag. `readTerm` reads the terms within it. */
export function readSeldom(input: Input, tag: number, readTerm: ReadTerm): Term {
  switch (tag) {
    case 99: // FLOAT_EXT
      return readTextFloat(input);
    case 110: // SMALL_BIG_EXT
      return readBig(input, input.uint8());
    case 111: // LARGE_BIG_EXT
      return readBig(input, input.uint32());
    case 77: // BIT_BINARY_EXT
      return readBits(input);
    case 103: // PID_EXT
      return new Pid(readTaggedAtom(input), input.uint32(), input.uint32(), input.uint8());
    case 88: // NEW_PID_EXT
      return new Pid(readTaggedAtom(input), input.uint32(), input.uint32(), input.uint32());
    case 102: // PORT_EXT
      return new Port(readTaggedAtom(input), input.uint32(), input.uint8());
    case 89: // NEW_PORT_EXT
      return new Port(readTaggedAtom(input), input.uint32(), input.uint32());
    case 120: // V4_PORT_EXT
      return new Port(readTaggedAtom(input), readUint64(input), input.uint32());
    case 101: // REFERENCE_EXT
      return readOldReference(input);
    case 114: // NEW_REFERENCE_EXT
    case 90: // NEWER_REFERENCE_EXT
      return readReference(input, tag);
    case 112: // NEW_FUN_EXT
      return readFun(input, readTerm);
    case 113: // EXPORT_EXT
      return new ExternalFun(readTaggedAtom(input), readTaggedAtom(input), readSmallInteger(input));
    default:
      throw malformed(`tag ${tag}, ${REFUSED[tag] ?? 'which the format does not have'}`, input.at - 1);
  }
}

/** 31 bytes of text, as C's `%.20e` writes it, filled up with zeros. */
function readTextFloat(input: Input): Float {
  const at = input.skip(31);
  const text = input.bytes.toString('latin1', at, input.at).replace(/\0+$/, '');
  const value = /^-?\d+\.\d+(e[-+]?\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (!Number.isFinite(value)) throw malformed('the text of a float is no float', at);
  return new Float(value);
}

/** Little-endian, after a byte that says whether it is negative. */
function readBig(input: Input, sizeBytes: number): number | bigint {
  if (sizeBytes > MAX_INTEGER_BYTES) throw malformed(`an integer of ${sizeBytes} bytes`, input.at);
  const sign = input.uint8();
  if (sign > 1) throw malformed(`an integer with the sign ${sign}`, input.at - 1);
  const at = input.skip(sizeBytes);
  if (sizeBytes === 0) return 0;
  if (sizeBytes <= 6) {
    const magnitude = input.bytes.readUIntLE(at, sizeBytes);
    return sign === 1 && magnitude !== 0 ? -magnitude : magnitude;
  }
  const digits = Buffer.from(input.bytes.subarray(at, input.at)).reverse().toString('hex');
  const magnitude = BigInt(`0x${digits}`);
  const value = sign === 1 ? -magnitude : magnitude;
  return magnitude <= Number.MAX_SAFE_INTEGER ? Number(value) : value;
}

function readBits(input: Input): Binary | Bitstring {
  const sizeBytes = input.uint32();
  const bits = input.uint8();
  if (bits > 8 || (bits === 0) !== (sizeBytes === 0))
    throw malformed(`a bitstring of ${sizeBytes} bytes, ${bits} bits in the last`, input.at - 1);
  const start = input.skip(sizeBytes);
  if (bits % 8 === 0) return new Binary(input.bytes, start, input.at);
  return new Bitstring(input.bytes.subarray(start, input.at), bits);
}

function readOldReference(input: Input): Reference {
  const node = readTaggedAtom(input);
  const id = input.uint32();
  return new Reference(node, input.uint8(), [id]);
}

function readReference(input: Input, tag: number): Reference {
  const count = input.uint16();
  if (count === 0 || count > MAX_REFERENCE_WORDS)
    throw malformed(`a reference of ${count} words`, input.at - 2);
  const node = readTaggedAtom(input);
  const creation = tag === 90 ? input.uint32() : input.uint8();
  const ids: number[] = [];
  for (let i = 0; i < count; i++) ids.push(input.uint32());
  return new Reference(node, creation, ids);
}

/** Kept as it came. It is read through all the same: what goes back to a BEAM must not be malformed. */
function readFun(input: Input, readTerm: ReadTerm): Fun {
  const start = input.at - 1;
  const size = input.uint32();
  input.need(size - 4);
  input.skip(17); // Arity, Uniq
  const index = input.uint32();
  const freeVariables = input.uint32();
  const module = readTaggedAtom(input);
  readSmallInteger(input); // OldIndex
  const uniq = readSmallInteger(input); // OldUniq
  input.enter();
  if (!(readTerm(input) instanceof Pid)) throw malformed('a fun without the pid that made it', start);
  input.need(freeVariables);
  for (let i = 0; i < freeVariables; i++) readTerm(input);
  input.depth--;
  if (input.at !== start + 1 + size) throw malformed(`a fun that is not of its ${size} bytes`, start);
  return new Fun(input.bytes.subarray(start, input.at), { module, index, uniq });
}

function readSmallInteger(input: Input): number {
  const tag = input.uint8();
  if (tag === 97) return input.uint8();
  if (tag === 98) return input.int32();
  throw malformed(`tag ${tag} where a small integer must be`, input.at - 1);
}

function readUint64(input: Input): number | bigint {
  const value = input.bytes.readBigUInt64BE(input.skip(8));
  return value <= Number.MAX_SAFE_INTEGER ? Number(value) : value;
}
