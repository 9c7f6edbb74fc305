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
  expect(match(['error: 12', 'error: x', 'err: 7', ''])).toEqual([true, false, true, false]);
  expect(match(['error: 1'])).toEqual([true]);
});

test('only the first 64 KB of a line are looked at', () => {
  const match = compileGrep('end$|needle');
  expect(match([`${'x'.repeat(64 * 1024)}needle`, `needle${'x'.repeat(64 * 1024)}`])).toEqual([false, true]);
});

test('an expression that backtracks without end is given up, and the agent goes on', () => {
  const match = compileGrep('^(a+)+$');
  const error = errorOf(() => match([`${'a'.repeat(60)}!`]));
  expect(error.code).toBe('usage');
  expect(error.message).toContain('(a+)+');
  expect(match(['aaa'])).toEqual([true]);
});

test('what is no expression, or too long a one, is refused with its text', () => {
  expect(errorOf(() => compileGrep('a(b')).message).toContain('a(b');
  expect(errorOf(() => compileGrep('x'.repeat(1001))).message).toContain('1001');
});
