import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { SlipwayError } from '../../../../src/kernel/index.ts';
import {
  atom,
  Binary,
  ExternalFun,
  encode,
  Float,
  format,
  ImproperList,
  TermMap,
  tuple,
} from '../../../../src/otp/term/index.ts';
import { parseText } from '../../../../src/otp/term/text.ts';
import { temporaryFolder } from '../../../support/temporary.ts';

const one = (text: string) => parseText(`${text}.`)[0];

test('atoms, plain and quoted', () => {
  expect(one('ok')).toBe(atom('ok'));
  expect(one('élan@home_1')).toBe(atom('élan@home_1'));
  expect(one(`'Elixir.Demo App'`)).toBe(atom('Elixir.Demo App'));
  expect(one(`'it\\'s\\n'`)).toBe(atom("it's\n"));
});

test('integers in every notation, as large as they come', () => {
  expect(parseText('0. -7. + 5. 1_000. 16#fF. 2#-1.'.replace('2#-1.', '2#101.'))).toEqual([
    0, -7, 5, 1000, 255, 5,
  ]);
  expect(one('9007199254740993')).toBe(9007199254740993n);
  expect(one('-36#zz')).toBe(-1295);
  expect(parseText('$a. $\\n. $\\x{1f600}. $ . -$b.')).toEqual([97, 10, 0x1f600, 32, -98]);
});

test('floats are not integers', () => {
  expect(parseText('1.0. -2.5e-3. 1_0.0.')).toEqual([new Float(1), new Float(-0.0025), new Float(10)]);
});

test('strings are lists of characters; those that follow each other are one', () => {
  expect(one('"ab" "c"')).toEqual([97, 98, 99]);
  expect(one('"\\t\\\\\\"\\x41\\x{e9}\\101\\^a\\e"')).toEqual([9, 92, 34, 0x41, 0xe9, 65, 1, 27]);
  expect(one('"ü€😀"')).toEqual([0xfc, 0x20ac, 0x1f600]);
  expect(one('""')).toEqual([]);
});

test('binaries of bytes and of texts', () => {
  expect(one('<<>>')).toEqual(Binary.of(''));
  const bytes = one('<<1, "a\\xe9", 255, "é"/utf8>>') as Binary;
  expect([...bytes.bytes]).toEqual([1, 97, 0xe9, 255, 0xc3, 0xa9]);
});

test('tuples, lists, improper lists and maps', () => {
  expect(one('{a, {}, [b, 1]}')).toEqual(tuple(atom('a'), tuple(), [atom('b'), 1]));
  expect(one('[1 | [2 | [3]]]')).toEqual([1, 2, 3]);
  expect(one('[1, 2 | 3]')).toEqual(new ImproperList([1, 2], 3));
  expect(one('[1 | [2 | 3]]')).toEqual(new ImproperList([1, 2], 3));
  expect((one('#{a => 1, "b" => #{}}') as TermMap).get(atom('a'))).toBe(1);
  expect(one('fun lists:map/2')).toEqual(new ExternalFun(atom('lists'), atom('map'), 2));
});

test('comments and white space stand anywhere between', () => {
  expect(parseText('%% coding: utf-8\n\n{ a , % one\n\t1 }\n. % end\nb.%')).toEqual([
    tuple(atom('a'), 1),
    atom('b'),
  ]);
});

test.each([
  ['{a', `',' or`],
  ['{a, }.', 'a term is expected'],
  ['a', 'a full stop is expected'],
  ['a.b.', 'a full stop is expected'],
  ['Variable.', 'a term is expected'],
  ['"open', '" is missing'],
  ['<<"é€">>.', '/utf8'],
  ['<<1.0>>.', 'a byte'],
  ['3#9.', 'base 3'],
  ['99#1.', 'base 99'],
  ['"\\x{110000}".', 'no such character'],
  ['fun a.', "':'"],
  ['#Ref<0.1>.', 'a term is expected'],
])('what is no term is refused with its line: %s', (text, reason) => {
  const parse = () => parseText(`ok.\n\n${text}`);
  expect(parse).toThrow(SlipwayError);
  expect(parse).toThrow(/line 3/);
  if (!reason.includes(' or')) expect(parse).toThrow(reason);
});

test('hostile depth and length are refused, not suffered', () => {
  expect(() => parseText('['.repeat(1_000_000))).toThrow('nested');
  expect(() => parseText(`fun ${'{'.repeat(10_000)}`)).toThrow(SlipwayError);
  expect(() => parseText(`${'9'.repeat(1_000_000)}.`)).toThrow('digits');
});

test('every prefix of a text is refused or read, and never anything else', () => {
  const text = `%% c\n{release, {"a", 'B'}, [$\\x{41}, -16#f, 1.5e3 | #{<<"x"/utf8>> => fun a:b/1}]}.`;
  for (let length = 0; length < text.length; length++)
    try {
      expect(parseText(text.slice(0, length))).toEqual([]);
    } catch (error) {
      expect(error).toMatchObject({ code: 'term_malformed' });
    }
});

test('what is written as Erlang writes it is read back the same', () => {
  const scalar = fc.oneof(
    fc.maxSafeInteger(),
    fc.bigInt().filter((value) => !Number.isSafeInteger(Number(value))),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => new Float(value)),
    fc.string({ unit: 'grapheme', maxLength: 20 }).map(atom),
    fc.uint8Array({ maxLength: 20 }).map((bytes) => Binary.of(bytes)),
    fc
      .string({ unit: 'binary', maxLength: 20 })
      .map((text) => Array.from(text, (each) => each.codePointAt(0) as number)),
  );
  const { term } = fc.letrec((tie) => ({
    term: fc.oneof(
      { maxDepth: 4 },
      scalar,
      fc.array(tie('term'), { maxLength: 5 }),
      fc.array(tie('term'), { maxLength: 5 }).map((items) => tuple(...(items as never[]))),
    ),
  }));
  fc.assert(
    fc.property(term, (value) => {
      const [read] = parseText(`${format(value as never, { maxLength: Number.POSITIVE_INFINITY })}.`);
      expect(Buffer.from(encode(read as never)).equals(encode(value as never))).toBe(true);
    }),
  );
});

test('a real VM and we read the same from a file', () => {
  const file = path.join(temporaryFolder(), 'terms');
  const text = `%% coding: utf-8
{a, 'B c', "d\\n\\x{e9}\\101" "f", <<1,"g\\xe9","é"/utf8>>, -16#fF, 1_000, 1.5e-3, $\\s, $é, [1|2], #{x => []}, fun lists:map/2}.
`;
  fs.writeFileSync(file, text);
  const script = `{ok, [T]} = file:consult("${file}"), io:put_chars(base64:encode(term_to_binary(T, [{minor_version, 2}]))), halt().`;
  const fromErlang = execFileSync('erl', ['-noshell', '-eval', script], { encoding: 'utf8' });
  expect(Buffer.from(encode(parseText(text)[0] as never)).toString('base64')).toBe(fromErlang.trim());
});
