import { expect, test } from 'vitest';
import { redact, registerSecret } from '../../../src/kernel/index.ts';

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
});
