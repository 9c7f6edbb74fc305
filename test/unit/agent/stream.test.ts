import { expect, test } from 'vitest';
import { stream } from '../../../src/agent/stream.ts';

test('everything that is pushed arrives in its order, undefined too, and then the end', async () => {
  const values = stream<number | undefined>(new AbortController().signal, (push, end) => {
    push(1);
    push(undefined);
    setImmediate(() => {
      push(undefined);
      push(2);
      end();
    });
    return () => undefined;
  });
  const seen: unknown[] = [];
  for await (const value of values) seen.push(value);
  expect(seen).toEqual([1, undefined, undefined, 2]);
});

test('for a reader that takes nothing no more than the newest thousand wait', async () => {
  const values = stream<number>(new AbortController().signal, (push, end) => {
    for (let value = 0; value < 5000; value++) push(value);
    end();
    return () => undefined;
  });
  const seen: number[] = [];
  for await (const value of values) seen.push(value);
  expect([seen.length, seen[0], seen.at(-1)]).toEqual([1000, 4000, 4999]);
});
