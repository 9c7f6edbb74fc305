import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  messageOf,
  registerSecret,
  SlipwayError,
  safeJson,
  safeText,
  visible,
} from '../../../src/kernel/index.ts';

const HOSTILE = [
  ['a title', '\x1b]0;owned\x07', '\\x1b]0;owned\\x07'],
  ['the clipboard', '\x1b]52;c;cm0gLXJm\x1b\\', '\\x1b]52;c;cm0gLXJm\\x1b\\'],
  ['a clear screen', '\x1b[2J\x1b[H', '\\x1b[2J\\x1b[H'],
  ['one byte for two', '\x9b2J\x9d0;x\x9c', '\\x9b2J\\x9d0;x\\x9c'],
  ['another direction', 'a\u202eb\u2066c\u200f', 'a\\u202eb\\u2066c\\u200f'],
  ['a line over the line', 'a\rb\x08\x7f\0', 'a\\x0db\\x08\\x7f\\x00'],
  ['half a character', '\ud83d', '\\ud83d'],
] as const;

test.each(HOSTILE)('%s is written out, in errors too', (_, written, shown) => {
  expect(safeText(written)).toBe(shown);
  expect(visible(written, { colours: true })).toBe(shown);
  expect(new SlipwayError('failed', { message: written, hint: written, next: written })).toMatchObject({
    message: shown,
    hint: shown,
    next: shown,
  });
  expect(messageOf(new Error(written))).toBe(shown);
  expect(messageOf(written)).toBe(shown);
});

test('lines, tabs and every script stay as they are; colours where they may', () => {
  expect(safeText('a\tb\nü 語 😀')).toBe('a\tb\nü 語 😀');
  expect(safeText('\x1b[31mred')).toBe('\\x1b[31mred');
  expect(visible('\x1b[1;31mred\x1b[0m \x1b[31', { colours: true })).toBe('\x1b[1;31mred\x1b[0m \\x1b[31');
});

test('a long text is cut behind its secrets', () => {
  registerSecret('a-secret-at-the-cut');
  expect(safeText('12345a-secret-at-the-cut67890', { maxLength: 15 })).toBe(
    '12345[redacted] ... (the text goes on)',
  );
});

test('JSON keeps its value, and has nothing that a terminal obeys', () => {
  for (const [, written] of HOSTILE.slice(0, -1)) {
    const text = safeJson({ [written]: [written] }, 2);
    expect(JSON.parse(text)).toEqual({ [written]: [written] });
    expect(text).toBe(visible(text));
  }
});

test('whatever the text, a terminal finds nothing to obey in it but lines, tabs and colours', () => {
  const unit = fc.oneof(
    fc.constantFrom('\x1b', '[', '3', '1', 'm', ';', ']', '\x07', '\x9b', '\u202e', '\n'),
    fc.string({ unit: 'binary' }),
  );
  fc.assert(
    fc.property(fc.array(unit), (units) => {
      const text = units.join('');
      expect(safeText(text)).not.toMatch(/(?![\n\t])\p{Cc}|[\u202a-\u202e\u2066-\u2069]/u);
      const coloured = visible(text, { colours: true }).replace(/\x1b\[[\d;:]*m/g, '');
      expect(coloured).not.toMatch(/(?![\n\t])\p{Cc}|[\u202a-\u202e\u2066-\u2069]/u);
      // What is written out grows by a constant.
      expect(safeText(text).length).toBeLessThanOrEqual(6 * text.length + 20);
    }),
  );
});
