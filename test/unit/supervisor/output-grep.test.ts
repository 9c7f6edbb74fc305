import { expect, test } from 'vitest';
import { SlipwayError } from '../../../src/kernel/index.ts';
import { compileGrep } from '../../../src/supervisor/output/grep.ts';

function errorOf(act: () => unknown): SlipwayError {
  try {
    act();
  } catch (error) {
    if (error instanceof SlipwayError) return error;
    throw error;
  }
  throw new Error('it did not throw');
}

test('lines that match an expression are told from the others', () => {
  const match = compileGrep('err(or)?: \\d+$');
  expect(['error: 12', 'error: x', 'err: 7', ''].map(match)).toEqual([true, false, true, false]);
});

test('only the first 64 KB of a line are looked at', () => {
  const match = compileGrep('end$|needle');
  expect(match(`${'x'.repeat(64 * 1024)}needle`)).toBe(false);
  expect(match(`needle${'x'.repeat(64 * 1024)}`)).toBe(true);
});

test('what is no expression, too long a one, or beyond RE2 is refused with its text', () => {
  expect(errorOf(() => compileGrep('a(b')).message).toContain('a(b');
  expect(errorOf(() => compileGrep('x'.repeat(1001))).message).toContain('1001');
  expect(errorOf(() => compileGrep('(?<=a)b')).message).toContain('look-around');
});
