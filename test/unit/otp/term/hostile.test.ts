import { execFileSync } from 'node:child_process';
import path from 'node:path';
import zlib from 'node:zlib';
import { expect, test } from 'vitest';
import { Atom, decode, encode, type Term, tuple } from '../../../../src/otp/term/index.ts';

const NODE = [119, 1, 97];
const FULL = [255, 255, 255, 255];

test.each<[string, number[], string]>([
  ['nothing', [], 'byte 0: 1 bytes must follow, and 0 do'],
  ['another version', [130, 97, 1], 'byte 0: version 130 instead of 131'],
  ['bytes after the term', [131, 97, 1, 0], 'byte 3: 1 bytes follow the term'],
  [
    'a list of 2^32 - 1 items in ten bytes',
    [131, 108, ...FULL, 97, 1, 97, 1],
    'byte 6: 4294967295 bytes must follow',
  ],
  ['a tuple of as many', [131, 105, ...FULL, 97], 'byte 6: 4294967295 bytes must follow, and 1 do'],
  ['a map of as many', [131, 116, ...FULL, 97], 'byte 6: 8589934590 bytes must follow, and 1 do'],
  ['a binary of as many bytes', [131, 109, ...FULL, 97], 'byte 6: 4294967295 bytes must follow, and 1 do'],
  ['an integer of as many', [131, 111, ...FULL, 0, 97], 'byte 6: an integer of 4294967295 bytes'],
  ['a bitstring of as many', [131, 77, ...FULL, 3, 97], 'byte 7: 4294967295 bytes must follow'],
  ['a fun of as many', [131, 112, ...FULL, 97], 'byte 6: 4294967291 bytes must follow'],
  ['a fun shorter than its size', [131, 112, 0, 0, 0, 0], 'byte 6: 17 bytes must follow'],
  ['an unknown tag', [131, 1], 'byte 1: tag 1, which the format does not have'],
  ['ATOM_CACHE_REF', [131, 82, 0], 'byte 1: tag 82, a reference to an atom cache, which was not negotiated'],
  ['LOCAL_EXT', [131, 121, 0], 'byte 1: tag 121, LOCAL_EXT, which only the node that made it can read'],
  ['a compressed term within a term', [131, 104, 1, 80, 0], 'byte 3: tag 80'],
  ['an infinite float', [131, 70, 127, 240, 0, 0, 0, 0, 0, 0], 'byte 2: a float of Infinity'],
  ['a float that is none', [131, 70, 127, 248, 0, 0, 0, 0, 0, 0], 'byte 2: a float of NaN'],
  ['a textual float that is none', [131, 99, ...Buffer.from('nan'.padEnd(31, '\0'))], 'byte 2: the text'],
  ['an atom that is no UTF-8', [131, 119, 2, 0xc3, 0x28], 'byte 3: the name of an atom is no UTF-8'],
  ['half a surrogate pair', [131, 119, 3, 0xed, 0xa0, 0x80], 'byte 3: the name of an atom is no UTF-8'],
  [
    'an atom of 256 characters',
    [131, 118, 1, 0, ...Buffer.alloc(256, 97)],
    'byte 4: an atom of more than 255',
  ],
  ['a Latin-1 atom of 256', [131, 100, 1, 0, ...Buffer.alloc(256, 228)], 'byte 4: an atom of 256 characters'],
  ['an integer with the sign 2', [131, 110, 1, 2, 1], 'byte 3: an integer with the sign 2'],
  ['a bitstring with 9 bits', [131, 77, 0, 0, 0, 1, 9, 1], 'byte 6: a bitstring of 1 bytes, 9 bits'],
  ['a bitstring with 0 bits', [131, 77, 0, 0, 0, 1, 0, 1], 'byte 6: a bitstring of 1 bytes, 0 bits'],
  ['a reference without words', [131, 90, 0, 0, ...NODE, ...FULL], 'byte 2: a reference of 0 words'],
  ['a reference of 6 words', [131, 90, 0, 6, ...NODE, ...FULL], 'byte 2: a reference of 6 words'],
  ['a pid of no node', [131, 88, 97, 1], 'byte 2: tag 97 where an atom must be'],
  ['a tail alone', [131, 108, 0, 0, 0, 0, 97, 1], 'byte 6: an improper list without items'],
  [
    'an arity that is an atom',
    [131, 113, ...NODE, ...NODE, ...NODE],
    'byte 8: tag 119 where a small integer must be',
  ],
])('%s is refused with the byte', (_name, bytes, message) => {
  expect(() => decode(Uint8Array.from(bytes))).toThrow(
    expect.objectContaining({ code: 'term_malformed', message: expect.stringContaining(message) }),
  );
});

test.each<[string, number[]]>([
  ['lists', [108, 0, 0, 0, 1]],
  ['tuples', [104, 1]],
  ['maps', [116, 0, 0, 0, 1, 97, 1]],
  ['tails', [108, 0, 0, 0, 1, 106, 104, 1]],
])('%s nested a million deep are refused, not followed', (_kind, piece) => {
  const bytes = Buffer.concat([Buffer.of(131), Buffer.alloc(piece.length * 1_000_000, Buffer.from(piece))]);
  expect(() => decode(bytes)).toThrow('terms nested more than 1000 deep');
});

test('the depth is a limit that the caller may set', () => {
  const nested: Term = [[[[]]]];
  expect(decode(encode(nested), { maxDepth: 3 })).toEqual(nested);
  expect(() => decode(encode(nested), { maxDepth: 2 })).toThrow('terms nested more than 2 deep');
});

test('small containers in great number are refused before they fill the heap', () => {
  const many = encode(Array.from({ length: 10 }, () => tuple(1)));
  expect(decode(many, { maxContainers: 11 })).toHaveLength(10);
  expect(() => decode(many, { maxContainers: 10 })).toThrow('more than 10 lists, tuples and maps');
  const deflated = zlib.deflateSync(many.subarray(1));
  const head = Buffer.of(131, 80, 0, 0, 0, many.length - 1);
  expect(() => decode(Buffer.concat([head, deflated]), { maxContainers: 10 })).toThrow('more than 10 lists');
});

test('a list in a million pieces is one list', () => {
  const piece = [108, 0, 0, 0, 1, 97, 1];
  const pieces = Buffer.alloc(piece.length * 1_000_000, Buffer.from(piece));
  expect(decode(Buffer.concat([Buffer.of(131), pieces, Buffer.of(106)]))).toHaveLength(1_000_000);
});

test('lists within each other that each claim all bytes that are left get no memory for it', () => {
  // 900 within each other. Believed, they would be 115 GB.
  const size = 16 * 1024 * 1024;
  const bytes = Buffer.alloc(size, 97);
  bytes[0] = 131;
  for (let i = 0; i < 900; i++) {
    bytes[1 + 5 * i] = 108;
    bytes.writeUInt32BE(size - 6 - 5 * i, 2 + 5 * i);
  }
  expect(() => decode(bytes)).toThrow('bytes must follow');
});

test('a bomb is not inflated: neither beyond its own word nor beyond the limit', () => {
  const bomb = zlib.deflateSync(Buffer.alloc(200 * 1024 * 1024, 97));
  const compressed = (size: number, deflated: Uint8Array) => {
    const head = Buffer.of(131, 80, 0, 0, 0, 0);
    head.writeUInt32BE(size, 2);
    return Buffer.concat([head, deflated]);
  };
  expect(() => decode(compressed(200 * 1024 * 1024, bomb))).toThrow('more than the 67108864 allowed');
  expect(() => decode(compressed(10, bomb))).toThrow('byte 1: a compressed term cannot be inflated');
  const five = zlib.deflateSync(Buffer.of(107, 0, 2, 1, 2));
  expect(() => decode(compressed(6, five))).toThrow('says 6 bytes and has 5');
  expect(() => decode(compressed(5, five), { maxInflatedBytes: 4 })).toThrow('more than the 4 allowed');
  expect(() => decode(compressed(2, zlib.deflateSync(Buffer.of(106, 106))))).toThrow(
    '1 bytes after the term',
  );
  expect(() => decode(compressed(5, five.subarray(0, -1)))).toThrow('cannot be inflated');
});

test('a flood of atoms in one term is refused', () => {
  const names = Array.from({ length: 70_000 }, (_, i) => Buffer.from(`w\x08${String(i).padStart(8, 'f')}`));
  const head = Buffer.of(131, 108, 0, 1, 0x11, 0x70);
  expect(() => decode(Buffer.concat([head, ...names, Buffer.of(106)]))).toThrow('more than 65536 new atoms');
});

test('atoms of a flood over many terms are forgotten: a million names pass through a small heap', () => {
  const door = path.join(import.meta.dirname, '../../../../src/otp/term/index.ts');
  const program = `
    import { setImmediate } from 'node:timers/promises';
    import { Atom, decode } from ${JSON.stringify(door)};
    const first = Atom.of('first');
    for (let term = 0; term < 100; term++) {
      const names = [Buffer.of(131, 108, 0, 0, 0x27, 0x10)];
      for (let i = 0; i < 10_000; i++) names.push(Buffer.from('w\\x10' + String(term * 10_000 + i).padStart(16, 'x')));
      decode(Buffer.concat([...names, Buffer.of(106)]));
      await setImmediate();
    }
    if (Atom.of('first') !== first) throw new Error('an atom in use was made again');
    console.log('done');`;
  const heap = ['--max-old-space-size=64', '--input-type=module', '-e', program];
  expect(execFileSync(process.execPath, heap, { encoding: 'utf8', stdio: 'pipe' })).toBe('done\n');
});

test('an atom is one object for a name, wherever it came from', () => {
  expect(decode(encode(tuple(Atom.of('höfe'))))).toEqual(tuple(Atom.of('höfe')));
  expect(decode(Uint8Array.of(131, 100, 0, 2, 0xe4, 0x61))).toBe(Atom.of('äa'));
  expect(decode(encode(Atom.of('a'.repeat(255))))).toBe(Atom.of('a'.repeat(255)));
});

test.each<[string, unknown, string]>([
  ['a fraction', 1.5, '1.5 is no integer: a float is a Float'],
  ['an integer that a number does not hold exactly', 2 ** 60, 'use a bigint'],
  ['not a number', Number.NaN, 'NaN is no integer'],
  ['a string', 'text', 'string'],
  ['undefined', undefined, 'undefined'],
  ['null', null, '[object Null]'],
  ['an object', { a: 1 }, '[object Object]'],
])('%s is no term', (_name, value, message) => {
  expect(() => encode([value as Term])).toThrow(
    expect.objectContaining({ code: 'term_malformed', message: expect.stringContaining(message) }),
  );
});

test('a term that contains itself is refused', () => {
  const list: Term[] = [];
  list.push(list);
  expect(() => encode(list)).toThrow('nested more than');
});
