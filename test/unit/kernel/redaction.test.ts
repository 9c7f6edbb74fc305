import fc from 'fast-check';
import { expect, test } from 'vitest';
import { redact, registerSecret, SecretMask } from '../../../src/kernel/index.ts';

test('a secret that begins with another is masked to its end, whichever was known first', () => {
  registerSecret('opensesame');
  registerSecret('opensesame-and-more');
  registerSecret('wellhidden-by-this');
  registerSecret('wellhidden');
  expect(redact('a opensesame-and-more b opensesame c')).toBe('a [redacted] b [redacted] c');
  expect(redact('wellhidden-by-this, wellhidden')).toBe('[redacted], [redacted]');
});

test('passwords in URLs and assignments with telling names are masked without being known', () => {
  expect(redact('git clone https://ada:pw@example.com/shop.git')).toBe(
    'git clone https://ada:[redacted]@example.com/shop.git',
  );
  expect(redact('API_TOKEN=abc DB_PASSWORD="a b" NAME=x')).toBe(
    'API_TOKEN=[redacted] DB_PASSWORD=[redacted] NAME=x',
  );
  expect(redact(`A_SECRET='it"s' APIKEY=" B=y TOKEN= x`)).toBe(
    `A_SECRET=[redacted] APIKEY=[redacted] B=y TOKEN= x`,
  );
  expect(redact('http://a:b@c git://d:e@f @://:x@y 1://g:h@i')).toBe(
    'http://a:[redacted]@c git://d:[redacted]@f @://:x@y 1://g:h@i',
  );
});

test('of secrets that overlap nothing is left', () => {
  registerSecret('overlap-one-two');
  registerSecret('one-two-three-x');
  registerSecret('ananananas');
  expect(redact('<overlap-one-two-three-x>')).toBe('<[redacted]>');
  expect(redact('anananananananas')).toBe('ananan[redacted]');
});

test('each line of a secret is one', () => {
  registerSecret('-----BEGIN KEY-----\r\nMIIEvQIBADAN\nq83vEjRWeJA=\n');
  expect(redact('at MIIEvQIBADAN, q83vEjRWeJA=')).toBe('at [redacted], [redacted]');
});

const secret = 'p/a+ss"wörd<7>';

test.each<[string, (text: string) => string]>([
  ['base64', (text) => Buffer.from(text).toString('base64')],
  ['base64url', (text) => Buffer.from(text).toString('base64url')],
  ['hex', (text) => Buffer.from(text).toString('hex')],
  ['HEX', (text) => Buffer.from(text).toString('hex').toUpperCase()],
  ['URL', encodeURIComponent],
  ['url', (text) => encodeURIComponent(text).replace(/%../g, (byte) => byte.toLowerCase())],
  ['a form', (text) => new URLSearchParams({ '': text }).toString().slice(1)],
  ['JSON', (text) => JSON.stringify(text).slice(1, -1)],
  ['JSON of PHP', (text) => JSON.stringify(text).slice(1, -1).replaceAll('/', '\\/')],
  ['JSON of Python', (text) => JSON.stringify(text).slice(1, -1).replace(/ö/g, '\\u00f6')],
])('encoded as %s a secret is masked, whatever stands around it', (_, encode) => {
  registerSecret(secret);
  const around = fc.stringMatching(/^[ -~]{0,8}$/);
  fc.assert(
    fc.property(around, around, (before, after) => {
      const encoded = encode(`${before}${secret}${after}`);
      const shown = redact(encoded);
      // What is left of it are the neighbours, and what of base64 they decide.
      expect(shown).toContain('[redacted]');
      expect(shown.length - '[redacted]'.length).toBeLessThanOrEqual(
        encode(before).length + encode(after).length + 4,
      );
    }),
  );
});

test('of secrets shorter than eight bytes the encoded forms are ordinary text', () => {
  registerSecret('hunter2');
  expect(redact(`hunter2 ${Buffer.from('hunter2').toString('hex')}`)).toBe('[redacted] 68756e74657232');
});

/** Few signs, so that they overlap in every way. */
const word = fc.stringMatching(/^[ab]{6,9}$/);
const text = fc.stringMatching(/^[abc]{0,80}$/);

test('no secret is left in any text, and everything else is', () => {
  fc.assert(
    fc.property(fc.array(word, { minLength: 1, maxLength: 3 }), text, (words, written) => {
      for (const each of words) registerSecret(each);
      const shown = redact(written);
      for (const each of words) expect(shown).not.toContain(each);
      expect(shown.replaceAll('[redacted]', '').replaceAll(/[ab]/g, '')).toBe(
        written.replaceAll(/[ab]/g, ''),
      );
    }),
  );
});

test('in pieces a text is masked as it is in one', () => {
  registerSecret('two\nlines');
  fc.assert(
    fc.property(
      fc.stringMatching(/^([abc]|two\nlines|o\nl){0,40}$/),
      fc.array(fc.nat(80)),
      (written, cuts) => {
        const mask = new SecretMask();
        const ends = [...cuts.filter((cut) => cut < written.length).sort((a, b) => a - b), written.length];
        const out = ends.map((end, index) => mask.push(written.slice(ends[index - 1] ?? 0, end)));
        expect(out.join('') + mask.end()).toBe(redact(written));
      },
    ),
    { numRuns: 500 },
  );
});

test('what may be the beginning of a secret is not told where what follows is another text', () => {
  registerSecret('a-very-well-kept-one');
  const mask = new SecretMask();
  expect(mask.push('it is a-very-well-')).toBe('it is ');
  mask.forget();
  expect(mask.push('kept-one') + mask.end()).toBe('kept-one');
});

test('a secret that becomes known while a text comes is masked from there on', () => {
  const mask = new SecretMask();
  expect(mask.push('known: ')).toBe('known: ');
  registerSecret('just-told-to-us');
  expect(mask.push('just-told-') + mask.push('to-us') + mask.end()).toBe('[redacted]');
});
