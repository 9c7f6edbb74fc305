import { expect, test } from 'vitest';
import { failureOf } from '../../../src/acme/problem.ts';

const NOW = Date.parse('2026-12-01T00:00:00Z');
const failure = (status: number, data: unknown, retryAfter?: unknown) =>
  failureOf({ status, data, retryAfter, nowMs: NOW });
const urn = (type: string) => `urn:ietf:params:acme:error:${type}`;

test('an answer that is none of a failure is none, and another nonce is no failure', () => {
  expect(failure(200, { status: 'invalid' })).toBeNull();
  expect(failure(400, { type: urn('badNonce') })).toBeNull();
});

test('what an authority says is told in its words, and when it wants to be asked again', () => {
  const limited = failure(429, { type: urn('rateLimited'), detail: 'too many certificates' }, '7200');
  expect(limited).toMatchObject({ kind: 'limited', retryAfterMs: 7_200_000, status: 429 });
  expect(limited?.message).toBe('the authority says 429: rateLimited: too many certificates');
  expect(failure(403, { type: urn('rateLimited') })?.kind).toBe('limited');
  expect(failure(503, 'busy', 'Tue, 01 Dec 2026 01:00:00 GMT')).toMatchObject({
    kind: 'unreachable',
    retryAfterMs: 3_600_000,
  });
  expect(failure(403, { type: urn('unauthorized'), detail: 'no\x1b[2J' })?.message).toBe(
    'the authority says 403: unauthorized: no\\x1b[2J',
  );
});

test('an order names those that are the reason', () => {
  const identifier = { type: 'dns', value: 'B.test' };
  const subproblems = [{ type: urn('caa'), detail: 'not us', identifier }, null, 'x', { identifier: 7 }];
  const found = failure(400, { type: urn('malformed'), detail: 'some', subproblems });
  expect([...(found?.names ?? [])]).toEqual([['b.test', 'caa: not us']]);
});

test.each([null, 7, 'text', [], { type: 7, detail: {} }, { detail: 'x'.repeat(1e6) }])(
  'whatever it sends, a sentence is made of it',
  (data) => {
    const found = failure(500, data, 'x'.repeat(1e6));
    expect(found?.message.length).toBeLessThan(600);
    expect(found).toMatchObject({ kind: 'unreachable', retryAfterMs: null });
  },
);

test.each([
  ['-5', null],
  ['0', null],
  ['1e9', null],
  ['999999999', 604_800_000],
  ['Mon, 30 Nov 2026 00:00:00 GMT', null],
])('Retry-After %s is read as %s ms', (header, ms) => {
  expect(failure(429, null, header)?.retryAfterMs).toBe(ms);
});
