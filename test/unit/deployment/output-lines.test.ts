import fc from 'fast-check';
import { expect, test } from 'vitest';
import { OutputLines, shown } from '../../../src/deployment/output-lines.ts';
import { registerSecret } from '../../../src/kernel/index.ts';

function split(...chunks: (string | Buffer)[]): string[] {
  const output = new OutputLines();
  const lines = chunks.flatMap((chunk) => output.push(Buffer.from(chunk)));
  return [...lines, ...output.rest()].map(shown);
}

test('lines are the same wherever the reads end', () => {
  const text = 'one\n\nthree – ü\r\nlast';
  const bytes = Buffer.from(text);
  fc.assert(
    fc.property(fc.array(fc.nat(bytes.length), { maxLength: 5 }), (cuts) => {
      const ends = [...cuts.toSorted((a, b) => a - b), bytes.length];
      const chunks = ends.map((end, index) => bytes.subarray(ends[index - 1] ?? 0, end));
      expect(split(...chunks)).toEqual(['one', '', 'three – ü', 'last']);
    }),
  );
});

test('a long line is cut at 4 KB and says so, and the next one is whole', () => {
  const [cut, next] = split('x'.repeat(5000), 'x'.repeat(1_000_000), '\nnext\n');
  expect(cut).toBe(`${'x'.repeat(4096)} ... (the line goes on)`);
  expect(next).toBe('next');
  expect(split('y'.repeat(4096))).toEqual(['y'.repeat(4096)]);
  expect(split('y'.repeat(4097))).toEqual([`${'y'.repeat(4096)} ... (the line goes on)`]);
  expect(split('語'.repeat(10_000))).toEqual([`${'語'.repeat(4096)} ... (the line goes on)`]);
});

test('what cannot be joined on is given up to the next newline', () => {
  const output = new OutputLines();
  expect(output.push(Buffer.from('one\nbegun'))).toHaveLength(1);
  expect(output.skip()).toEqual([]);
  expect(output.push(Buffer.from('the midst\nwhole\n')).map(shown)).toEqual(['whole']);
  output.push(Buffer.from('z'.repeat(9000)));
  expect(output.skip().map(shown)).toEqual([`${'z'.repeat(4096)} ... (the line goes on)`]);
});

test('secrets are masked, also where a line is cut, or a control stands, within one', () => {
  registerSecret('correct horse battery');
  registerSecret(`key-${'k'.repeat(3000)}`);
  expect(split('it is correct horse battery!')).toEqual(['it is [redacted]!']);
  expect(split('it is correct \x1b[0Khorse\x07 battery!')).toEqual(['it is [redacted]!']);
  const cut = split(`${'x'.repeat(4090)}correct horse battery${'x'.repeat(10_000)}`)[0];
  expect(cut).not.toContain('corr');
  // Masked ones make room for what lies behind them: the secret that the held bytes end within must not slide into it.
  const masked = split(`${`key-${'k'.repeat(3000)}`.repeat(3)}${'x'.repeat(10_000)}`)[0];
  expect(masked).not.toContain('kkk');
});

test('a secret of several lines is masked, and so is one that is longer than a shown line', () => {
  registerSecret('short\nlines\nhere!');
  expect(split('it is short\nli', 'nes\nhere!\n')).toEqual(['it is [redacted]']);
  registerSecret(`s${'0123456789'.repeat(1000)}`);
  expect(split(`${'x'.repeat(4000)}s${'0123456789'.repeat(1000)} end\n`)).toEqual([
    `${'x'.repeat(4000)}[redacted] end`,
  ]);
});

test('of a progress bar without an end that which it wrote last is held', () => {
  const output = new OutputLines();
  for (let percent = 0; percent < 20_000; percent++) output.push(Buffer.from(`\r${percent} of 20,000`));
  expect(output.rest().map(shown)).toEqual(['19999 of 20,000']);
});

test('colours and tabs stay, every other control character and sequence goes', () => {
  expect(split('\x1b[1;31mred\x1b[0m\tplain')).toEqual(['\x1b[1;31mred\x1b[0m\tplain']);
  expect(split('\x1b[2J\x1b[10;5Ha\x1b]0;title\x07b\x1b(Bc\x1bPq\x1b\\d\x00\x08\x7f\x9be')).toEqual([
    'abcde',
  ]);
  expect(split('10 %\r50 %\r100 %\r\n')).toEqual(['100 %']);
  expect(split('10 %', '\r', '\r', '50 %\r', '100 %', '\r', '\nnext')).toEqual(['100 %', 'next']);
  expect(split('a\u202eb\u2066c')).toEqual(['abc']);
});

test('what is not UTF-8 is shown as replacement characters', () => {
  expect(split(Buffer.from([0x61, 0xff, 0xfe, 0x62, 0x0a]))).toEqual(['a\ufffd\ufffdb']);
});

test.each([
  ['carriage returns', '\r'.repeat(8000)],
  ['a telling name', 'TOKEN'.repeat(1638)],
  ['escapes', '\x1b'.repeat(8000)],
  ['sequences without end', '\x1b['.repeat(4000)],
  ['numbers of a sequence', `\x1b[${'1;'.repeat(4000)}`],
  ['quotes', `TOKEN="`.repeat(1100)],
  ['addresses', 'a://b:'.repeat(1300)],
])('of 500 lines of %s each is shown', (_, line) => {
  // One of them once took half a second.
  const lines = split(...Array.from({ length: 500 }, () => `${line}\n`));
  expect(lines).toHaveLength(500);
  expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(4096 + 30);
});
