import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Automaton, ROOT } from '../../../src/kernel/automaton.ts';

function find(words: string[], text: string): string[] {
  const found: string[] = [];
  new Automaton(words).read(text, ROOT, (start, end) => found.push(`${start}-${end}`));
  return found;
}

/** The longest word that ends at each place. */
function findSlowly(words: string[], text: string): string[] {
  const found: string[] = [];
  for (let end = 1; end <= text.length; end++) {
    const here = words.filter((word) => word !== '' && text.slice(0, end).endsWith(word));
    const length = Math.max(0, ...here.map((word) => word.length));
    if (length > 0) found.push(`${end - length}-${end}`);
  }
  return found;
}

test('it finds what a search for each word at each place finds', () => {
  const word = fc.stringMatching(/^[ab\u{fffd}]{0,6}$/u);
  fc.assert(
    fc.property(
      fc.array(word, { maxLength: 8 }),
      fc.stringMatching(/^[abc\u{fffd}]{0,40}$/u),
      (words, text) => {
        expect(find(words, text)).toEqual(findSlowly(words, text));
      },
    ),
    { numRuns: 500 },
  );
});

test('whatever words and text are, it takes two steps for a character at most', () => {
  const hostile = (length: number) => [
    { words: ['a'.repeat(length), `${'a'.repeat(length)}b`], text: 'a'.repeat(length) },
    { words: ['ab'.repeat(length), 'b'.repeat(length)], text: `${'ab'.repeat(length - 1)}a`.repeat(3) },
    {
      words: Array.from({ length: 50 }, (_, index) => `${'a'.repeat(index * 20)}c`),
      text: 'a'.repeat(length * 10),
    },
  ];
  for (const length of [500, 1000, 2000])
    for (const { words, text } of hostile(length)) {
      const automaton = new Automaton(words);
      automaton.read(text, ROOT, () => undefined);
      expect(automaton.steps).toBeLessThanOrEqual(2 * text.length);
    }
});
