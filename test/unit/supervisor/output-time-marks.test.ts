import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { LineTimes } from '../../../src/supervisor/output/line-times.ts';
import { appendMark, readMarks, thinned } from '../../../src/supervisor/output/time-marks.ts';
import { temporaryFolder } from '../../support/temporary.ts';

test('marks are read as they were written, and a half-written one is left out', () => {
  const file = path.join(temporaryFolder(), 'a.log');
  expect(readMarks(file)).toEqual([]);
  appendMark(file, { atMs: 1000, end: 5, withinMs: 7 });
  appendMark(file, { atMs: 2000, end: 9, withinMs: 1000 });
  fs.appendFileSync(`${file}.times`, '3000 ');
  expect(readMarks(file)).toEqual([
    { atMs: 1000, end: 5, withinMs: 7 },
    { atMs: 2000, end: 9, withinMs: 1000 },
  ]);
});

test('marks of an earlier Slipway, that do not tell within what time, are good to 5 s', () => {
  const file = path.join(temporaryFolder(), 'a.log');
  fs.writeFileSync(`${file}.times`, '1000 5\n2000 9 100\n');
  expect(readMarks(file).map(({ withinMs }) => withinMs)).toEqual([5000, 100]);
});

test('marks from before a log was truncated are forgotten', () => {
  const file = path.join(temporaryFolder(), 'a.log');
  for (const [atMs, end] of [
    [1, 100],
    [2, 200],
    [3, 7],
  ] as const)
    appendMark(file, { atMs, end, withinMs: 1 });
  expect(readMarks(file)).toEqual([{ atMs: 3, end: 7, withinMs: 1 }]);
});

test('the marks of a long life stay bounded, and the closer to now the more of them', () => {
  const file = path.join(temporaryFolder(), 'a.log');
  const start = 1_700_000_000_000;
  const seconds = 30_000;
  for (let index = 0; index < seconds; index++)
    appendMark(file, { atMs: start + index * 1000, end: index * 64, withinMs: 1000 });
  const marks = readMarks(file);
  expect(fs.statSync(`${file}.times`).size).toBeLessThanOrEqual(192 * 1024);
  const gapAt = (ageS: number) => {
    const at = marks.findIndex(({ end }) => end / 64 >= seconds - ageS);
    return ((marks[at + 1]?.end ?? 0) - (marks[at]?.end ?? 0)) / 64;
  };
  expect(gapAt(200)).toBe(1);
  expect(gapAt(8 * 3600)).toBeLessThanOrEqual(61);
});

test('of two marks that become one, the later says within what time both were written', () => {
  const hour = 3_600_000;
  const marks = [
    { atMs: 0, end: 10, withinMs: 500 },
    { atMs: 1000, end: 20, withinMs: 1000 },
    { atMs: 9000, end: 30, withinMs: 200 },
    { atMs: 2 * hour, end: 40, withinMs: 1000 },
  ];
  expect(thinned(marks)).toEqual([{ atMs: 9000, end: 30, withinMs: 9500 }, marks[3]]);
});

test('a line has the time of the look that found it, and says where that may be late', () => {
  const marks = [
    { atMs: 1000, end: 10, withinMs: 800 },
    { atMs: 9000, end: 30, withinMs: 5000 },
  ];
  const times = new LineTimes(marks, { atMs: 9500, end: 40 });
  const at = (ms: number) => new Date(ms).toISOString();
  expect(times.of(5)).toEqual({ at: at(1000), isExact: true });
  expect(times.of(20)).toEqual({ at: at(9000), isExact: false });
  // Nothing was written after it until then.
  expect(times.of(30)).toEqual({ at: at(9000), isExact: true });
  expect(times.of(40)).toEqual({ at: at(9500), isExact: true });
  times.looked(60, 100);
  expect(times.of(50).isExact).toBe(true);
  expect(times.of(70).isExact).toBe(false);
});
