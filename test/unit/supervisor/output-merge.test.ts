import { expect, test } from 'vitest';
import { skipLines, startsOfLast } from '../../../src/supervisor/output/last-of.ts';
import type { Line } from '../../../src/supervisor/output/lines.ts';
import { mergeByTime, type Run } from '../../../src/supervisor/output/merge.ts';
import type { TimeMark } from '../../../src/supervisor/output/time-marks.ts';

/** Lines of one byte each; `marks`: [time, number of lines there were]. */
function log(batches: string[], marks: [number, number][]) {
  let end = 0;
  async function* lines(): AsyncGenerator<Line[]> {
    for (const batch of batches)
      yield [...batch].map((text) => ({ text, start: end, end: ++end, part: null }));
  }
  return {
    batches: lines(),
    marks: marks.map(([atMs, length]): TimeMark => ({ atMs, end: length, withinMs: 0 })),
  };
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
  const starts = async (count: number) => {
    const made = logs();
    const found = await startsOfLast(count, mergeByTime(made));
    expect(found.isAll).toBe(count >= 6);
    return made.map((each) => found.starts.get(each) ?? null);
  };
  // In order they are ab12cd.
  expect(await starts(3)).toEqual([
    { from: 2, skip: 0 },
    { from: 0, skip: 1 },
  ]);
  expect(await starts(5)).toEqual([
    { from: 0, skip: 1 },
    { from: 0, skip: 0 },
  ]);
  expect(await starts(1)).toEqual([{ from: 3, skip: 0 }, null]);
  expect(await starts(0)).toEqual([null, null]);
  expect(await starts(99)).toEqual([
    { from: 0, skip: 0 },
    { from: 0, skip: 0 },
  ]);
});

test('lines are skipped with all of their pieces', async () => {
  async function* batches() {
    const line = (text: string, part: Line['part'] = null): Line => ({ text, start: 0, end: 0, part });
    yield [line('a'), line('b1', 'first')];
    yield [line('b2', 'middle')];
    yield [line('b3', 'last'), line('c'), line('d1', 'first')];
    yield [line('d2', 'last')];
  }
  const left = async (count: number) => {
    const texts: string[] = [];
    for await (const lines of skipLines(batches(), count)) texts.push(...lines.map(({ text }) => text));
    return texts;
  };
  expect(await left(1)).toEqual(['b1', 'b2', 'b3', 'c', 'd1', 'd2']);
  expect(await left(2)).toEqual(['c', 'd1', 'd2']);
  expect(await left(4)).toEqual([]);
});
