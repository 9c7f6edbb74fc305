import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LineSplitter, PIECE_BYTES } from '../../../src/supervisor/output/lines.ts';

function split(bytes: Buffer, cuts: number[], options: { pieceBytes?: number } = {}) {
  const splitter = new LineSplitter(options);
  const at = [0, ...[...cuts].map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  const lines = at.slice(1).flatMap((to, index) => {
    const from = at[index] ?? 0;
    return splitter.push({ offset: 1000 + from, bytes: bytes.subarray(from, to) });
  });
  return [...lines, ...splitter.rest()];
}

test('lines are the same however the bytes arrive, and each knows where it ends', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'grapheme' })), fc.array(fc.nat()), (parts, cuts) => {
      const bytes = Buffer.from(parts.join('\n'));
      const lines = split(bytes, cuts);
      const expected = bytes.toString().split('\n');
      if (expected.at(-1) === '') expected.pop();
      expect(lines.map(({ text }) => text)).toEqual(expected);
      for (const { text, end } of lines) {
        const before = bytes.subarray(0, end - 1000);
        expect(before.toString().replace(/\n$/, '').endsWith(text)).toBe(true);
      }
    }),
  );
});

test('bytes that are not UTF-8 show as replacement characters', () => {
  expect(split(Buffer.from([0x61, 0xff, 0x62, 0x0a]), []).map(({ text }) => text)).toEqual(['a\ufffdb']);
});

test('a line without end comes in pieces, nothing of it lost', () => {
  const splitter = new LineSplitter();
  const bytes = Buffer.alloc(256 * 1024, 'x');
  const lines = Array.from({ length: 10 }, (_, index) =>
    splitter.push({ offset: index * bytes.length, bytes }),
  ).flat();
  expect(lines.map(({ text, end }) => [text.length, end])).toEqual([
    [PIECE_BYTES, PIECE_BYTES],
    [PIECE_BYTES, 2 * PIECE_BYTES],
  ]);
  expect(lines.map(({ part }) => part)).toEqual(['first', 'middle']);
  expect(splitter.rest().map(({ text, part }) => [text.length, part])).toEqual([[512 * 1024, 'last']]);
});

test('pieces joined are the line, however it arrives and whatever characters it has', () => {
  fc.assert(
    fc.property(
      fc.array(fc.string({ unit: 'grapheme', maxLength: 40 })),
      fc.array(fc.nat()),
      fc.integer({ min: 4, max: 30 }),
      (texts, cuts, pieceBytes) => {
        const bytes = Buffer.from(texts.map((text) => `${text.replaceAll('\n', '')}\n`).join(''));
        const lines = split(bytes, cuts, { pieceBytes });
        let joined = '';
        let at = 1000;
        for (const { text, start, end, part } of lines) {
          expect([start, Buffer.byteLength(text) <= pieceBytes]).toEqual([at, true]);
          at = end;
          joined += part === null || part === 'last' ? `${text}\n` : text;
        }
        expect(joined).toBe(bytes.toString());
      },
    ),
  );
});
