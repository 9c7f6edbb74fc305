import { expect, test } from 'vitest';
import { LogRing } from '../../../src/web/models/logs/log-ring.ts';
import { createLineReader, type ShownLine } from '../../../src/web/models/logs/shown-line.ts';
import { isAtEnd, ROW_HEIGHT, viewportOf } from '../../../src/web/models/logs/viewport.ts';

const reader = createLineReader();
const lines = (count: number, text = (index: number) => `line ${index}`): ShownLine[] =>
  Array.from({ length: count }, (_, index) =>
    reader.read({ instance: 'web/1', stream: 'stdout', line: text(index) }),
  );
const textOf = (ring: LogRing) => [...ring].map(({ text }) => text);

test('a ring keeps the last rows, by number and by size, and counts what it gave up', () => {
  const ring = new LogRing({ maxRows: 100, maxBytes: 1e9 });
  for (let round = 0; round < 300; round++) ring.add(lines(40));
  expect([ring.length, ring.dropped]).toEqual([100, 300 * 40 - 100]);
  expect(ring.at(99)?.text).toBe('line 39');
  expect(ring.slice(98, 200).map(({ text }) => text)).toEqual(['line 38', 'line 39']);

  const small = new LogRing({ maxRows: 100, maxBytes: 10_000 });
  small.add(lines(50, () => 'x'.repeat(1000)));
  expect(small.sizeBytes).toBeLessThanOrEqual(10_000);
  expect(small.length).toBe(4);
  // One that is too large alone is shown all the same.
  small.add(lines(1, () => 'y'.repeat(100_000)));
  expect(small.length).toBe(1);
});

test('while somebody looks at old rows, more are kept', () => {
  const ring = new LogRing({ maxRows: 10, maxBytes: 1e9 });
  ring.add(lines(15), 2);
  expect([ring.length, ring.dropped]).toEqual([15, 0]);
  ring.add(lines(10), 2);
  expect([ring.length, ring.dropped]).toEqual([20, 5]);
  ring.add([]);
  expect([ring.length, ring.dropped]).toEqual([10, 15]);
});

test('a marker stands between the lines of before and after', () => {
  const ring = new LogRing({ maxRows: 100, maxBytes: 1e9 });
  const at = (second: number) => `2026-11-30T03:12:0${second}.000Z`;
  const line = (text: string, second: number | null) =>
    reader.read({ instance: null, stream: 'stdout', line: text, ...(second !== null && { at: at(second) }) });
  ring.add([line('a', 1), line('a, still', null), line('b', 3), line('b, still', null)]);
  const mark = (text: string, second: number) =>
    reader.mark({ at: Date.parse(at(second)), text, instance: null, isBad: false });
  ring.insert(mark('between', 2));
  ring.insert(mark('after', 4));
  ring.insert(mark('before', 0));
  expect(textOf(ring)).toEqual(['before', 'a', 'a, still', 'between', 'b', 'b, still', 'after']);
});

test('markers that came before their lines stand between them all the same', () => {
  const ring = new LogRing({ maxRows: 100, maxBytes: 1e9 });
  const at = (second: number) => `2026-11-30T03:12:0${second}.000Z`;
  const line = (text: string, second: number | null) =>
    reader.read({ instance: null, stream: 'stdout', line: text, ...(second !== null && { at: at(second) }) });
  for (const second of [2, 4])
    ring.insert(
      reader.mark({ at: Date.parse(at(second)), text: `mark ${second}`, instance: null, isBad: false }),
    );
  ring.add([line('a', 1), line('a, still', null), line('b', 3)]);
  ring.add([line('b, still', null), line('c', 5)]);
  expect(textOf(ring)).toEqual(['a', 'a, still', 'mark 2', 'b', 'b, still', 'mark 4', 'c']);
});

test('older lines go in front, below the first key, with the markers that belong between them', () => {
  const own = createLineReader();
  const line = (second: number) => ({
    ...{ instance: 'web/1', stream: 'stdout' as const, line: `at ${second}` },
    at: new Date(second * 1000).toISOString(),
  });
  const ring = new LogRing({ maxRows: 4, maxBytes: 1e9 });
  ring.add([5, 6].map((second) => own.read(line(second), `1o:${second}`)));
  ring.insert(own.mark({ at: 3500, text: 'mark', instance: null, isBad: false }));
  ring.before = '1o:4';
  const page = (...seconds: number[]) =>
    own.readInFront(seconds.map((second) => ({ line: line(second), resume: `1o:${second}` })));
  ring.addInFront(page(3, 4), '1o:2');
  expect(textOf(ring)).toEqual(['at 3', 'mark', 'at 4', 'at 5', 'at 6']);
  expect([ring.before, ring.dropped, ring.hasRoom]).toEqual(['1o:2', -2, true]);
  ring.addInFront(page(0, 1, 2), null);
  const keys = [...ring].filter(({ kind }) => kind === 'line').map(({ key }) => key);
  expect(keys).toEqual(keys.toSorted((a, b) => a - b));
  expect([textOf(ring)[0], ring.before, ring.dropped, ring.hasRoom]).toEqual(['at 0', null, -5, false]);
  // What is given up can be had again: it ends where what is left begins.
  ring.add([own.read(line(7), '1o:7')], 2);
  expect([textOf(ring)[0], ring.before, ring.dropped]).toEqual(['at 1', '1o:0', -4]);
  ring.add([]);
  expect([textOf(ring), ring.before]).toEqual([['at 4', 'at 5', 'at 6', 'at 7'], '1o:3']);
  ring.clear();
  expect([ring.before, ring.sizeBytes]).toEqual(['1o:7', 0]);
  const marker = own.mark({ at: 1, text: 'mark', instance: null, isBad: false });
  ring.insert(marker);
  const { sizeBytes } = ring;
  ring.addInFront([], null);
  expect([textOf(ring), ring.sizeBytes]).toEqual([['mark'], sizeBytes]);
});

test('only rows on the screen, and a few around it, are in the window', () => {
  const shown = viewportOf({ scrollTop: 100 * ROW_HEIGHT, clientHeight: 10 * ROW_HEIGHT, rows: 10_000 });
  expect(shown).toMatchObject({ height: 10_000 * ROW_HEIGHT, first: 92, last: 118 });
  expect(viewportOf({ scrollTop: 0, clientHeight: 400, rows: 3 })).toMatchObject({ first: 0, last: 3 });
  const end = { clientHeight: 400, rows: 100 };
  expect(isAtEnd({ ...end, scrollTop: 100 * ROW_HEIGHT - 400 })).toBe(true);
  expect(isAtEnd({ ...end, scrollTop: 100 * ROW_HEIGHT - 400 - 3 * ROW_HEIGHT })).toBe(false);
});
