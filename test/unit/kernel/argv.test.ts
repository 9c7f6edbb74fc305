import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { splitCommand } from '../../../src/kernel/argv.ts';

test.each([
  ['node server.js', ['node', 'server.js']],
  ['  node \t server.js  ', ['node', 'server.js']],
  ['node --title "My shop"', ['node', '--title', 'My shop']],
  [`node 'a "b" \\c'`, ['node', 'a "b" \\c']],
  ['node "a \\"b\\" \\\\ \\c"', ['node', 'a "b" \\ \\c']],
  ['node a\\ b \\"', ['node', 'a b', '"']],
  [`node --x="a b"'c d'e`, ['node', '--x=a bc de']],
  [`node '' ""`, ['node', '', '']],
  [`node '$PORT' "\`x\`" ';' \\& \\$HOME`, ['node', '$PORT', '`x`', ';', '&', '$HOME']],
  ['grep ^a$ b$', ['grep', '^a$', 'b$']],
  ["node 'two\nlines'", ['node', 'two\nlines']],
])('%s', (text, argv) => {
  expect(splitCommand(text)).toEqual({ argv });
});

test.each([
  ['', 'names no program'],
  ['  ', 'names no program'],
  ["'' x", 'names no program'],
  ['node "x', 'has a " without its end'],
  ["node 'x", "has a ' without its end"],
  ['node x\\', 'ends with a backslash'],
  ['node x\nnode y', 'has more than one line'],
  ['node $PORT', 'holds a $variable, which only a shell replaces'],
  ['node --port=$' + '{PORT}', 'holds a $variable, which only a shell replaces'],
  ['node $(cat port)', 'holds a $variable, which only a shell replaces'],
  ['cd app && node x', 'holds &, which only a shell understands'],
  ['node x | tee y', 'holds |, which only a shell understands'],
  ['node x; y', 'holds ;, which only a shell understands'],
  ['node x >y', 'holds >, which only a shell understands'],
  ['node <y', 'holds <, which only a shell understands'],
  ['node `x`', 'holds `, which only a shell understands'],
  ['A=1 node x', 'begins with an assignment, which only a shell understands'],
])('%s: %s', (text, problem) => {
  expect(splitCommand(text)).toEqual({ problem });
});

test('what is accepted is split as a shell would split it', () => {
  const words = fc.array(fc.string({ unit: fc.constantFrom(...'ab "\'\\=-'), maxLength: 8 }), {
    minLength: 1,
    maxLength: 5,
  });
  fc.assert(
    fc.property(words, (words) => {
      const text = `printf '%s\\0' x ${words.join(' ')}`;
      const split = splitCommand(text);
      fc.pre('argv' in split);
      const shell = execFileSync('/bin/sh', ['-c', text], { encoding: 'utf8' }).split('\0').slice(0, -1);
      expect('argv' in split && split.argv.slice(2)).toEqual(shell);
    }),
    { numRuns: 100 },
  );
});

test('any arguments survive being quoted and split', () => {
  const quoted = (argument: string) => `'${argument.replaceAll("'", `'\\''`)}'`;
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'binary' })), (tail) => {
      const argv = ['program', ...tail];
      expect(splitCommand(argv.map(quoted).join(' '))).toEqual({ argv });
    }),
  );
});
