import zlib from 'node:zlib';
import { expect, test } from 'vitest';
import {
  atom,
  Bitstring,
  binary,
  charlist,
  decode,
  ExternalFun,
  encode,
  equals,
  Float,
  Fun,
  ImproperList,
  Pid,
  Port,
  Reference,
  type Term,
  TermMap,
  tuple,
} from '../../../../src/otp/term/index.ts';

const NODE = [119, 3, ...ascii('a@b')];
const OLD_NODE = [100, 0, 3, ...ascii('a@b')];
const node = atom('a@b');
const long = 'ä'.repeat(200);

// Each as the specification has it: the bytes that follow the version, and the term that they are.
test.each<[string, number[], Term]>([
  ['SMALL_INTEGER_EXT', [97, 255], 255],
  ['INTEGER_EXT', [98, 0, 0, 1, 0], 256],
  ['INTEGER_EXT, negative', [98, 255, 255, 255, 255], -1],
  ['INTEGER_EXT, the least', [98, 128, 0, 0, 0], -(2 ** 31)],
  ['NEW_FLOAT_EXT', [70, 63, 240, 0, 0, 0, 0, 0, 0], new Float(1)],
  ['PORT_EXT', [102, ...OLD_NODE, 0, 0, 1, 0, 3], new Port(node, 256, 3)],
  ['NEW_PORT_EXT', [89, ...NODE, 0, 0, 1, 0, 255, 0, 0, 1], new Port(node, 256, 0xff000001)],
  ['V4_PORT_EXT', [120, ...NODE, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 9], new Port(node, 2 ** 32 + 1, 9)],
  [
    'V4_PORT_EXT, beyond a number',
    [120, ...NODE, 255, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 9],
    new Port(node, 0xff00000000000001n, 9),
  ],
  ['PID_EXT', [103, ...OLD_NODE, 0, 0, 1, 0, 0, 0, 0, 7, 2], new Pid(node, 256, 7, 2)],
  ['NEW_PID_EXT', [88, ...NODE, 0, 0, 1, 0, 0, 0, 0, 7, 1, 2, 3, 4], new Pid(node, 256, 7, 0x01020304)],
  ['SMALL_TUPLE_EXT', [104, 2, 97, 1, 104, 0], tuple(1, tuple())],
  ['LARGE_TUPLE_EXT', [105, 0, 0, 0, 1, 97, 1], tuple(1)],
  [
    'MAP_EXT',
    [116, 0, 0, 0, 2, 97, 1, 106, 106, 97, 2],
    TermMap.of([
      [[], 2],
      [1, []],
    ]),
  ],
  ['NIL_EXT', [106], []],
  ['STRING_EXT', [107, 0, 2, 104, 255], [104, 255]],
  ['LIST_EXT', [108, 0, 0, 0, 1, 104, 0, 106], [tuple()]],
  ['LIST_EXT, improper', [108, 0, 0, 0, 2, 97, 1, 97, 2, 97, 3], new ImproperList([1, 2], 3)],
  ['LIST_EXT, whose tail is a list', [108, 0, 0, 0, 1, 97, 1, 108, 0, 0, 0, 1, 97, 2, 106], [1, 2]],
  ['LIST_EXT, whose tail is a string', [108, 0, 0, 0, 1, 97, 1, 107, 0, 1, 2], [1, 2]],
  ['LIST_EXT, empty', [108, 0, 0, 0, 0, 106], []],
  ['BINARY_EXT', [109, 0, 0, 0, 2, 0, 255], binary(Uint8Array.of(0, 255))],
  ['SMALL_BIG_EXT', [110, 4, 0, 255, 255, 255, 255], 2 ** 32 - 1],
  ['SMALL_BIG_EXT, 2^53 - 1', [110, 7, 1, 255, 255, 255, 255, 255, 255, 31], -(2 ** 53 - 1)],
  ['SMALL_BIG_EXT, 2^53', [110, 7, 1, 0, 0, 0, 0, 0, 0, 32], -(2n ** 53n)],
  ['SMALL_BIG_EXT, with leading zeros', [110, 9, 0, 5, 0, 0, 0, 0, 0, 0, 0, 0], 5],
  ['SMALL_BIG_EXT, negative zero', [110, 1, 1, 0], 0],
  ['LARGE_BIG_EXT', [111, 0, 0, 1, 0, 1, ...Array.from({ length: 255 }, () => 0), 1], -(2n ** 2040n)],
  ['REFERENCE_EXT', [101, ...OLD_NODE, 0, 0, 1, 0, 3], new Reference(node, 3, [256])],
  [
    'NEW_REFERENCE_EXT',
    [114, 0, 2, ...OLD_NODE, 3, 0, 0, 1, 0, 255, 0, 0, 0],
    new Reference(node, 3, [256, 0xff000000]),
  ],
  ['NEWER_REFERENCE_EXT', [90, 0, 1, ...NODE, 0, 1, 0, 0, 0, 0, 1, 0], new Reference(node, 65536, [256])],
  ['EXPORT_EXT', [113, 119, 1, 109, 119, 1, 102, 97, 3], new ExternalFun(atom('m'), atom('f'), 3)],
  ['BIT_BINARY_EXT', [77, 0, 0, 0, 2, 3, 7, 0xa0], new Bitstring(Uint8Array.of(7, 0xa0), 3)],
  [
    'BIT_BINARY_EXT, bits that do not count',
    [77, 0, 0, 0, 1, 3, 0xbf],
    new Bitstring(Uint8Array.of(0xa0), 3),
  ],
  ['BIT_BINARY_EXT, whole bytes', [77, 0, 0, 0, 1, 8, 7], binary(Uint8Array.of(7))],
  ['BIT_BINARY_EXT, empty', [77, 0, 0, 0, 0, 0], binary('')],
  ['ATOM_UTF8_EXT', [118, 1, 144, ...Buffer.from(long)], atom(long)],
  ['SMALL_ATOM_UTF8_EXT', [119, 3, 0xe6, 0x97, 0xa5], atom('日')],
  ['ATOM_EXT', [100, 0, 2, 0xe4, 0x61], atom('äa')],
  ['SMALL_ATOM_EXT', [115, 2, 111, 107], atom('ok')],
  ['FLOAT_EXT', [99, ...ascii('-1.50000000000000000000e+01'.padEnd(31, '\0'))], new Float(-15)],
  ['compressed', [80, 0, 0, 0, 5, ...zlib.deflateSync(Buffer.of(107, 0, 2, 1, 2))], [1, 2]],
])('%s is decoded', (_tag, bytes, term) => {
  const decoded = decode(Uint8Array.of(131, ...bytes));
  expect(equals(decoded, term)).toBe(true);
  expect(decoded?.constructor).toBe(term.constructor);
});

test.each<[string, Term, number[]]>([
  ['255', 255, [97, 255]],
  ['256', 256, [98, 0, 0, 1, 0]],
  ['-1', -1, [98, 255, 255, 255, 255]],
  ['2^31', 2 ** 31, [110, 4, 0, 0, 0, 0, 128]],
  ['-(2^40)', -(2 ** 40), [110, 6, 1, 0, 0, 0, 0, 0, 1]],
  ['a small bigint', 5n, [97, 5]],
  ['2^64', 2n ** 64n, [110, 9, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]],
  ['-(2^2040)', -(2n ** 2040n), [111, 0, 0, 1, 0, 1, ...Array.from({ length: 255 }, () => 0), 1]],
  ['1.0', new Float(1), [70, 63, 240, 0, 0, 0, 0, 0, 0]],
  ['-0', -0, [97, 0]],
  ['a Latin-1 charlist', charlist('hé'), [107, 0, 2, 104, 233]],
  ['another charlist', charlist('日'), [108, 0, 0, 0, 1, 98, 0, 0, 0x65, 0xe5, 106]],
  ['a list', [1, new Float(2)], [108, 0, 0, 0, 2, 97, 1, 70, 64, 0, 0, 0, 0, 0, 0, 0, 106]],
  ['a long atom', atom(long), [118, 1, 144, ...Buffer.from(long)]],
  ['a port of 64 bits', new Port(node, 2 ** 32, 1), [120, ...NODE, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1]],
])('%s is encoded as the BEAM does', (_name, term, bytes) => {
  expect([...encode(term)]).toEqual([131, ...bytes]);
});

test('lists and tuples that are too long for the short tags take the long ones', () => {
  const zeros = Array.from({ length: 65_536 }, () => 0);
  expect(encode(zeros)[1]).toBe(108);
  expect(encode(zeros.slice(1))[1]).toBe(107);
  expect(encode(tuple(...zeros.slice(0, 256)))[1]).toBe(105);
  for (const term of [zeros, zeros.slice(1), tuple(...zeros.slice(0, 256))])
    expect(equals(decode(encode(term)), term)).toBe(true);
});

test('a fun is kept byte for byte, and its name is read', () => {
  const pid = [88, ...NODE, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1];
  const rest = [
    ...[1, ...Array.from({ length: 16 }, (_, i) => i)],
    ...[0, 0, 0, 7, 0, 0, 0, 1, 119, 1, 109, 97, 7, 98, 0, 1, 0, 0],
    ...pid,
    ...[107, 0, 1, 1],
  ];
  const bytes = [112, 0, 0, 0, rest.length + 4, ...rest];
  const fun = decode(Uint8Array.of(131, ...bytes)) as Fun;
  expect(fun).toBeInstanceOf(Fun);
  expect([...fun.bytes]).toEqual(bytes);
  expect([fun.module, fun.index, fun.uniq]).toEqual([atom('m'), 7, 65536]);
  expect([...encode(fun)]).toEqual([131, ...bytes]);
});

test('1 and 1.0, ok and <<"ok">> and "ok" are different terms', () => {
  const terms = [
    1,
    new Float(1),
    atom('ok'),
    binary('ok'),
    charlist('ok'),
    tuple(),
    [],
    TermMap.of([]),
    binary(''),
  ];
  for (const [i, a] of terms.entries())
    for (const [j, b] of terms.entries()) expect(equals(a, b)).toBe(i === j);
});

function ascii(text: string): number[] {
  return [...Buffer.from(text)];
}
