import { expect, test } from 'vitest';
import {
  atom,
  binary,
  charlist,
  ExternalFun,
  Float,
  format,
  ImproperList,
  Pid,
  Port,
  Reference,
  type Term,
  TermMap,
  textOf,
  tuple,
} from '../../../../src/otp/term/index.ts';

const node = atom('demo@host');

// test/integration/otp/term.test.ts holds everything that has one text on all nodes against a real BEAM.
test.each<[string, Term]>([
  [
    `{badrpc,{'EXIT',{undef,[{demo,f,[1,"two",<<"three">>],[]}]}}}`,
    tuple(
      atom('badrpc'),
      tuple(
        atom('EXIT'),
        tuple(atom('undef'), [tuple(atom('demo'), atom('f'), [1, charlist('two'), binary('three')], [])]),
      ),
    ),
  ],
  [
    '#{a => 1.0,<<>> => []}',
    TermMap.of([
      [atom('a'), new Float(1)],
      [binary(''), []],
    ]),
  ],
  ["['maybe','else',maybes]", [atom('maybe'), atom('else'), atom('maybes')]],
  ['<demo@host.12.3>', new Pid(node, 12, 3, 1)],
  ['#Port<demo@host.5>', new Port(node, 5, 1)],
  ['#Ref<demo@host.3.2.1>', new Reference(node, 9, [1, 2, 3])],
  ["fun 'My Mod':f/2", new ExternalFun(atom('My Mod'), atom('f'), 2)],
  ['[a,b|c]', new ImproperList([atom('a'), atom('b')], atom('c'))],
])('%s', (text, term) => {
  expect(format(term)).toBe(text);
});

test('a text that is too long is cut, and what would be cut is not made', () => {
  expect(format(charlist('abcdef'), { maxLength: 8 })).toBe('"abcdef"');
  expect(format(charlist('abcdefg'), { maxLength: 8 })).toBe('"abcd...');
  expect(format([1, 2, 3, 4, 5, 6], { maxLength: 10 })).toBe('[1,2,3,...');
  expect(format(2n ** 4_000_000n, { maxLength: 12 })).toBe('16#100000...');
  expect(format(-(2n ** 4_000_000n), { maxLength: 12 })).toBe('-16#10000...');
  expect(format(binary('日'.repeat(1_000_000)), { maxLength: 9 })).toBe('<<"日日日...');
  expect(format(Array.from({ length: 1_000_000 }, (_, i) => tuple(i)))).toHaveLength(1_000);
  const deep = Array.from({ length: 1_000 }).reduce<Term>((inner) => [inner], []);
  expect(format(deep, { maxLength: 20 })).toBe(`${'['.repeat(17)}...`);
});

test('the text of a term is that of its binary, charlist or atom', () => {
  expect(textOf(binary('höfe'))).toBe('höfe');
  expect(textOf(charlist('日 x'))).toBe('日 x');
  expect(textOf(atom('ok'))).toBe('ok');
  expect(textOf([])).toBe('');
  expect(textOf([1, new Float(2)])).toBeNull();
  expect(textOf([0xd800])).toBeNull();
  expect(textOf([-1])).toBeNull();
  expect(textOf(tuple())).toBeNull();
  expect(textOf(7)).toBeNull();
});
