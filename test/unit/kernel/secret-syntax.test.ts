import fc from 'fast-check';
import { expect, test } from 'vitest';
import { tellingSpans } from '../../../src/kernel/secret-syntax.ts';
import { countedText } from '../../support/counted-text.ts';

function stepsFor(text: string): number {
  const counted = countedText(text);
  tellingSpans(counted.text);
  return counted.steps();
}

test.each([
  'TOKEN',
  'A_TOKEN=',
  'TOKEN="',
  `TOKEN='"`,
  '://',
  'a://b:',
  'http://u:p',
  '=',
  ':',
  '@',
  'x',
  `SECRET='a"`,
  '\r',
  ' ',
])('of %j again and again every character is looked at a few times at most', (part) => {
  for (const length of [2000, 8000]) {
    const text = part.repeat(Math.ceil(length / part.length));
    expect(stepsFor(text)).toBeLessThanOrEqual(12 * text.length + 100);
  }
});

test('so it is with whatever is made of the signs that it looks for', () => {
  const part = fc.constantFrom('TOKEN', '=', '"', "'", '://', ':', '@', ' ', 'a', 'PASSWORD=', '\n');
  fc.assert(
    fc.property(fc.array(part, { maxLength: 30 }), (parts) => {
      const text = parts.join('').repeat(50);
      expect(stepsFor(text)).toBeLessThanOrEqual(12 * text.length + 100);
    }),
  );
});
