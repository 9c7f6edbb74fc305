import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { textOfChardata } from '../../../src/otp/chardata.ts';
import { Binary, binary, charlist, ImproperList } from '../../../src/otp/term/index.ts';

describe('chardata', () => {
  it('is text, however it is nested and divided', () => {
    const euro = Buffer.from('€');
    const halves = [Binary.of(euro.subarray(0, 1)), Binary.of(euro.subarray(1))];
    const nested = [charlist('größe '), [binary('→'), [], 0x1f600], ...halves, 33];
    expect(textOfChardata(nested, 'unicode')).toBe('größe →😀€!');
    expect(textOfChardata(new ImproperList([97, [98]], binary('c')), 'unicode')).toBe('abc');
    expect(textOfChardata([252, Binary.of(Uint8Array.of(252))], 'latin1')).toBe('üü');
    expect(textOfChardata([], 'unicode')).toBe('');
  });

  it.each([
    ['half a surrogate pair', [0xd83d, 0xde00]],
    ['beyond Unicode', [0x110000]],
    ['negative', [-1]],
  ])('has no character that is %s', (_, characters) => {
    expect(textOfChardata(characters, 'unicode')).toBeNull();
  });

  it('of millions of characters takes memory for the text, not for each of them', () => {
    const source = path.join(import.meta.dirname, '../../../src/otp/chardata.ts');
    const program = `
      import { textOfChardata } from ${JSON.stringify(source)};
      const text = textOfChardata(Array(2 ** 21).fill(97), 'unicode');
      console.log(text === 'a'.repeat(2 ** 21));`;
    const heap = ['--max-old-space-size=96', '--input-type=module', '-e', program];
    expect(execFileSync(process.execPath, heap, { encoding: 'utf8', stdio: 'pipe' })).toBe('true\n');
  });
});
