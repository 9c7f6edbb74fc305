import { expect, test } from 'vitest';
import { lastOf } from '../../../src/supervisor/output/last-of.ts';
import type { Line } from '../../../src/supervisor/output/lines.ts';
import { mergeByTime, type Run } from '../../../src/supervisor/output/merge.ts';
import type { TimeMark } from '../../../src/supervisor/output/time-marks.ts';

/** Lines of one byte each; `marks`: [time, number of lines there were]. */
function log(batches: string[], marks: [number, number][]) {
  let end = 0;
  async function* lines(): AsyncGenerator<Line[]> {
    for (const batch of batches) yield [...batch].map((text) => ({ text, end: ++end }));
  }
  return { batches: lines(), marks: marks.map(([atMs, length]): TimeMark => ({ atMs, end: length })) };
}

async function textOf(runs: AsyncIterable<Run<unknown>> | Run<unknown>[]): Promise<string> {
  let text = '';
  for await (const { lines } of runs) for (const line of lines) text += line.text;
  return text;
}

test('lines of several logs come in the order in which they were seen', async () => {
  const a = log(
    ['aAb', 'Bc'],
    [
      [1, 2],
      [3, 4],
    ],
  );
  const b = log(
    ['1', '', '234'],
    [
      [2, 1],
      [3, 2],
      [5, 4],
    ],
  );
  expect(await textOf(mergeByTime([a, b]))).toBe('aA1bB234c');
});

test('without looks the logs come one after the other', async () => {
  expect(await textOf(mergeByTime([log(['ab', 'c'], []), log([], []), log(['12'], [])]))).toBe('abc12');
});

test('the last lines are the last of all logs together', async () => {
  const logs = () => [
    log(
      ['abc', 'd'],
      [
        [1, 2],
        [3, 4],
      ],
    ),
    log(['12'], [[2, 2]]),
  ];
  expect(await textOf(await lastOf(3, mergeByTime(logs())))).toBe('2cd');
  expect(await textOf(await lastOf(0, mergeByTime(logs())))).toBe('');
  expect(await textOf(await lastOf(99, mergeByTime(logs())))).toBe('ab12cd');
});
