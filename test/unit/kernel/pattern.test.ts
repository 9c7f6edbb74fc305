import { expect, test } from 'vitest';
import { compilePattern, type Pattern } from '../../../src/kernel/index.ts';

function compiled(text: string): Pattern {
  const pattern = compilePattern(text);
  if ('problem' in pattern) throw new Error(pattern.problem);
  return pattern;
}

// Each of them keeps an engine that backtracks busy for longer than the universe is old.
test.each([
  ['^v(\\d+\\.?)+$', `v${'1'.repeat(20_000)}-rc1`],
  ['^(a+)+$', `${'a'.repeat(20_000)}!`],
  ['(x+x+)+y', 'x'.repeat(20_000)],
  ['^(\\w*)*\\d$', `${'w'.repeat(20_000)}!`],
  ['(a|a)*(a|a)*b', 'a'.repeat(20_000)],
])('%s is tested on 20,000 characters and found wanting', (expression, text) => {
  expect(compiled(expression).test(text)).toBe(false);
});

test('what is found is the leftmost, and what people write means what it did', () => {
  expect(compiled('\\d+\\.(?<minor>\\d+)').find('v1.20 and v3.4')).toBe('1.20');
  expect(compiled('^release/\\d+\\-\\w+$').test('release/7-rc')).toBe(true);
  expect(compiled('(?i)error').test('ERROR')).toBe(true);
  expect(compiled('x').find('y')).toBeNull();
});
