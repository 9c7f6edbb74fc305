import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { appendMark, readMarks } from '../../../src/supervisor/output/time-marks.ts';
import { temporaryFolder } from '../../support/temporary.ts';

test('marks are read as they were written, and a half-written one is left out', () => {
  const file = path.join(temporaryFolder(), 'a.log');
  expect(readMarks(file)).toEqual([]);
  appendMark(file, { atMs: 1000, end: 5 });
  appendMark(file, { atMs: 2000, end: 9 });
  fs.appendFileSync(`${file}.times`, '3000 ');
  expect(readMarks(file)).toEqual([
    { atMs: 1000, end: 5 },
    { atMs: 2000, end: 9 },
  ]);
});

test('marks from before a log was truncated are forgotten', () => {
  const file = path.join(temporaryFolder(), 'a.log');
  for (const [atMs, end] of [
    [1, 100],
    [2, 200],
    [3, 7],
  ] as const)
    appendMark(file, { atMs, end });
  expect(readMarks(file)).toEqual([{ atMs: 3, end: 7 }]);
});

test('the marks of a long life stay bounded, the recent ones all there', () => {
  const file = path.join(temporaryFolder(), 'a.log');
  const start = 1_700_000_000_000;
  for (let index = 0; index < 20_000; index++)
    appendMark(file, { atMs: start + index * 1000, end: index * 64 });
  const marks = readMarks(file);
  expect(fs.statSync(`${file}.times`).size).toBeLessThanOrEqual(128 * 1024);
  expect(marks.slice(-1000).map(({ end }) => end / 64)).toEqual(
    Array.from({ length: 1000 }, (_, index) => 19_000 + index),
  );
  expect(marks[0]?.end).toBe(0);
});
