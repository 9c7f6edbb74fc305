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
