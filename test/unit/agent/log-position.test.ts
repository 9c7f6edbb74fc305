import { expect, test } from 'vitest';
import { cursorOf, endedBy, LogPosition } from '../../../src/agent/log-position.ts';

const source = (unit: string, stream: 'stdout' | 'stderr' = 'stdout') => ({
  file: `/logs/${unit}-${stream}`,
  instance: `web@staging/${unit}`,
  stream,
});

test('a position names sources by their units: those that come or go do not shift others', () => {
  const sources = [source('1'), source('1', 'stderr'), source('queue.1')];
  const position = new LogPosition(sources, null);
  position.begin(sources.map((each, index) => ({ source: each, from: index * 100 })));
  const id = position.after({ instance: 'web@staging/1', stream: 'stderr', end: 150 });
  expect(id).toBe('1o:0,1e:150,queue.1o:200');
  const later = new LogPosition([source('2'), source('queue.1'), source('1', 'stderr')], id);
  expect(later.sources().map(({ after }) => after)).toEqual([undefined, 200, 150]);
});

test('of very many sources only those are named that were read', () => {
  const sources = Array.from({ length: 200 }, (_, index) => source(String(index + 1)));
  const position = new LogPosition(sources, null);
  position.begin(sources.map((each) => ({ source: each, from: 7 })));
  expect(position.after({ instance: 'web@staging/9', stream: 'stdout', end: 50 })).toBe('9o:50');
});

test('what is no position is none', () => {
  const [first] = new LogPosition([source('1')], ',1o:x,0:12,;drop,1o:99999999999999999').sources();
  expect(first?.after).toBeUndefined();
});

test('where a page begins is where the one before it ends; what has come since is not on that', () => {
  const sources = [source('1'), source('1', 'stderr')];
  const cursor = cursorOf(sources.map((each, index) => ({ source: each, from: index * 100 })));
  expect(cursor).toBe('1o:0,1e:100');
  expect(endedBy(cursor ?? '', [...sources, source('2')])).toEqual([
    { ...sources[0], until: 0 },
    { ...sources[1], until: 100 },
  ]);
  const many = Array.from({ length: 2000 }, (_, index) => ({ source: source(String(index)), from: 7 }));
  expect(cursorOf(many)).toBe(null);
});
