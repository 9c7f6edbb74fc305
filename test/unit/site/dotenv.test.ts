import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { parseEnv } from 'node:util';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { SlipwayError } from '../../../src/kernel/index.ts';
import { changeDotenv, formatVariable } from '../../../src/site/dotenv.ts';
import { temporaryFolder } from '../../support/temporary.ts';

const change = (text: string, set: Record<string, string>, unset: string[] = []) =>
  changeDotenv(text, { set, unset });

/** What a shell that sources the file gives to the programs that it starts. */
function sourced(text: string): Map<string, string> {
  const file = path.join(temporaryFolder(), '.env');
  fs.writeFileSync(file, text);
  const printed = execFileSync('/bin/sh', ['-c', 'set -a; . "$0"; exec env -0', file], {
    env: { PATH: process.env.PATH },
  });
  return new Map(
    printed
      .toString()
      .split('\0')
      .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  );
}

const values = {
  EMPTY: '',
  PLAIN: 'https://example.com:8080/a',
  BLANKS: '  two words ',
  COMMENT: 'a #b',
  HASH: '#start',
  APOSTROPHE: "it's",
  QUOTES: 'say "yes"',
  DOLLARS: '$HOME ${PATH} $(id) `id` $',
  BACKSLASHES: '\\ \\n \\" C:\\new',
  LINES: '-----BEGIN KEY-----\nabc+/=\n-----END KEY-----\n',
  COMMENT_LINE: 'a\n# no comment\nOTHER=x',
  EQUALS: 'a=b==',
  HTML: '<a href="/">x</a>',
  JSON: '{"a":"b # c","d":[1]}',
  UNICODE: 'ü€ 日本',
  GLOB: '* ~ ! & ; | < > ( )',
  PRICE: "it's 5 $ and 3$",
};

test('a value is the same to Node and to a shell, whatever is in it', () => {
  const text = change('', values);
  expect(parseEnv(text)).toEqual(values);
  const shell = sourced(text);
  for (const [name, value] of Object.entries(values)) expect(shell.get(name), name).toBe(value);
});

test('a value that Node, PHP and a shell read differently is refused, never written wrongly', () => {
  for (const value of ["it's $HOME", 'a\n"b"', "it's C:\\new", 'a\rb', 'nul\0', "`it's`", '="', 'a\nb='])
    expect(() => formatVariable('V', value), JSON.stringify(value)).toThrow(
      expect.objectContaining({
        code: 'secret_invalid',
        message: expect.stringContaining('the value of V cannot be written'),
      }),
    );
});

test('property: what is written at all is read back by Node and by a shell as it was', () => {
  const nasty = fc.string({ unit: fc.constantFrom(...'abn \t"\'`$\\\n#={}()!~*é;:/%&|<>,x') });
  fc.assert(
    fc.property(fc.array(nasty, { minLength: 1, maxLength: 40 }), (several) => {
      const written = new Map<string, string>();
      let text = '';
      for (const [index, value] of several.entries())
        try {
          text += `${formatVariable(`V${index}`, value)}\n`;
          written.set(`V${index}`, value);
        } catch (error) {
          if (!(error instanceof SlipwayError)) throw error;
        }
      const shell = sourced(text);
      const node = parseEnv(text);
      for (const [name, value] of written) expect([node[name], shell.get(name)]).toEqual([value, value]);
    }),
    { numRuns: 50 },
  );
});

test('a change leaves comments, order and everything else of the file as it is', () => {
  const before = [
    '# The shop',
    '',
    'APP_NAME=Shop # its name',
    'export APP_KEY="base64:abc"   # generated',
    'PEM="-----BEGIN',
    'APP_NAME=not this one',
    '-----END"',
    "QUOTED='x'",
    'no assignment',
    'LAST=1',
  ].join('\n');
  expect(change(before, { APP_KEY: 'new key', QUOTED: 'y', ADDED: 'z' }, ['APP_NAME'])).toBe(
    [
      '# The shop',
      '',
      "export APP_KEY='new key'",
      'PEM="-----BEGIN',
      'APP_NAME=not this one',
      '-----END"',
      'QUOTED=y',
      'no assignment',
      'LAST=1',
      'ADDED=z\n',
    ].join('\n'),
  );
  expect(change(before, { PEM: 'one line' })).toContain("\nPEM='one line'\nQUOTED=");
});

test('a variable that stands there twice is there once when set, and not at all when unset', () => {
  const before = 'A=1\nB=2\nA=3\n';
  expect(change(before, { A: '4' })).toBe('A=4\nB=2\n');
  expect(change(before, {}, ['A'])).toBe('B=2\n');
});

test('lines that end as on Windows do so after a change too', () => {
  expect(change('A=1\r\nB=2\r\n', { A: 'x' })).toBe('A=x\r\nB=2\r\n');
});

test('an empty value, one behind blanks and an open quote are found as Node finds them', () => {
  expect(change('A=\nB=2\n', { A: '1' })).toBe('A=1\nB=2\n');
  expect(change('A =  "x"\nB=2', { A: '1' })).toBe('A=1\nB=2');
  expect(change('A="open\nB=2\n', { B: '3' })).toBe('A="open\nB=3\n');
});

test('a file whose open quote the change would close is refused', () => {
  expect(() => change('A="open\n', { B: "it's" })).toThrow(expect.objectContaining({ code: 'env_refused' }));
});
