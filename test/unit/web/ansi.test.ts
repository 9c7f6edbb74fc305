import { expect, test } from 'vitest';
import { stretchesOf } from '../../../src/web/components/ansi.tsx';

test('colours become classes, and everything else that a terminal would obey is left out', () => {
  expect(
    stretchesOf('a\x1b[1;31mred\x1b[0m \x1b[38;5;9mnine\x1b[38;5;196mx\x1b[38;2;1;2;3my\x1b[0m'),
  ).toEqual([
    { text: 'a', class: '' },
    { text: 'red', class: 'ansi-red ansi-bold' },
    { text: ' ', class: '' },
    { text: 'nine', class: 'ansi-bright-red' },
    { text: 'x', class: '' },
    { text: 'y', class: '' },
  ]);
  const hostile =
    '\x1b]0;title\x07\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\\x1b]52;c;cm0=\x07\x1b[2J\x1b[H<b>\x07\x00';
  expect(stretchesOf(hostile)).toEqual([{ text: 'link<b>', class: '' }]);
});

test('a line of a megabyte, or of nothing but escapes, is soon done with', () => {
  const before = performance.now();
  stretchesOf('\x1b[31m'.repeat(200_000));
  stretchesOf(`\x1b]${'x'.repeat(1_000_000)}`);
  stretchesOf('\x1b['.repeat(500_000));
  expect(performance.now() - before).toBeLessThan(1000);
});
