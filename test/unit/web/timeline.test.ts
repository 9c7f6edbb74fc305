import { expect, test } from 'vitest';
import type { TimelineEntry } from '../../../src/api/pages/index.ts';
import { moved, ticksOf, tickText, zoomed } from '../../../src/web/models/timeline/axis.ts';
import { lanesOf, runningAt } from '../../../src/web/models/timeline/lanes.ts';
import { timelineAddressOf, timelineCommand } from '../../../src/web/views/timeline/query.ts';

const at = (time: string) => Date.parse(`2026-11-30T${time}Z`);
const RANGE = { from: at('03:00:00'), to: at('04:00:00') };

function entry(time: string, given: Partial<TimelineEntry>): TimelineEntry {
  return {
    ...{ at: new Date(at(time)).toISOString(), kind: 'state', app: 'web', instance: null, release: null },
    ...{ text: '', deployment: null, actor: null, is_bad: false, cursor: `${at(time)}.1` },
    ...given,
  };
}

/** A night: 1.1.0 is deployed at 03:10, crashes at 03:12, and somebody starts it again at 03:20. */
const NIGHT = [
  entry('02:00:00', { kind: 'run', instance: 'web/1', release: '1.0.0' }),
  entry('02:00:00', { kind: 'run', instance: 'web/10', release: '1.0.0' }),
  entry('03:10:00', {
    kind: 'deployment',
    deployment: 7,
    release: '1.1.0',
    text: 'deployment 7 of 1.1.0 begins',
  }),
  entry('03:10:10', { kind: 'exit', instance: 'web/1', text: 'web/1 ended: stopped' }),
  entry('03:10:11', { kind: 'run', instance: 'web/1', release: '1.1.0' }),
  entry('03:10:12', { instance: 'web/1', text: 'web/1 is ready: answers' }),
  entry('03:11:00', { kind: 'deployment', deployment: 7, release: '1.1.0', text: 'deployment 7 succeeded' }),
  entry('03:12:00', { kind: 'exit', instance: 'web/1', is_bad: true, text: 'web/1 ended unexpectedly' }),
  entry('03:15:00', { kind: 'configuration', app: null, text: 'web: replicas 2' }),
  entry('03:20:00', { kind: 'action', actor: 'alice', text: 'alice: start web/1' }),
  entry('03:20:01', { kind: 'run', instance: 'web/1', release: '1.1.0' }),
  entry('03:21:00', { text: 'web is offered 1.2.0' }),
];

test('each instance has a lane of its runs, below its app, and the host is first', () => {
  const lanes = lanesOf(NIGHT, RANGE);
  expect(lanes.map(({ name, kind }) => [name, kind])).toEqual([
    ['host', 'host'],
    ['web', 'app'],
    ['web/1', 'instance'],
    ['web/10', 'instance'],
  ]);
  const [host, web, first, tenth] = lanes;
  expect(first?.stretches.map(({ from, to, release, isOpen }) => [from, to, release, isOpen])).toEqual([
    [RANGE.from, at('03:10:10'), '1.0.0', false],
    [at('03:10:11'), at('03:12:00'), '1.1.0', false],
    [at('03:20:01'), RANGE.to, '1.1.0', true],
  ]);
  expect(first?.stretches[1]?.isBad).toBe(true);
  expect(tenth?.stretches).toMatchObject([{ from: RANGE.from, to: RANGE.to, isOpen: true }]);
  expect(web?.stretches).toMatchObject([
    { from: at('03:10:00'), to: at('03:11:00'), deployment: 7, isOpen: false, isBad: false },
  ]);
  const texts = [host, web, first].map((lane) => lane?.marks.map((mark) => mark.entry.text));
  expect(texts).toEqual([['web: replicas 2'], ['alice: start web/1'], ['web/1 ended unexpectedly']]);
});

test('an app whose name begins like that of another has its instances below itself', () => {
  const entries = ['web_app/1', 'web/2', 'web-x/1', 'web/1'].map((instance) =>
    entry('03:00:00', { kind: 'run', app: instance.split('/')[0] ?? '', instance }),
  );
  expect(lanesOf(entries, RANGE).map(({ name }) => name)).toEqual([
    ...['web', 'web/1', 'web/2'],
    ...['web_app', 'web_app/1'],
    ...['web-x', 'web-x/1'],
  ]);
});

test('at a moment it is told what ran, and what did not', () => {
  const lanes = lanesOf(NIGHT, RANGE);
  const releases = (time: string) => runningAt(lanes, at(time)).map(({ release }) => release);
  expect(releases('03:05:00')).toEqual(['1.0.0', '1.0.0']);
  expect(releases('03:11:30')).toEqual(['1.1.0', '1.0.0']);
  expect(releases('03:12:00')).toEqual([null, '1.0.0']);
  expect(releases('03:15:00')).toEqual([null, '1.0.0']);
  expect(releases('04:00:00')).toEqual(['1.1.0', '1.0.0']);
});

test('moments on the axis are round ones of the zone, and never more than fit', () => {
  const zone = { offsetMs: 3_600_000 };
  expect(ticksOf(RANGE, { most: 6, ...zone }).map((tick) => tickText(tick, RANGE, 'utc'))).toEqual([
    ...['03:00', '03:10', '03:20', '03:30', '03:40', '03:50', '04:00'],
  ]);
  const days = { from: RANGE.from, to: RANGE.from + 7 * 86_400_000 };
  expect(ticksOf(days, { most: 10, ...zone }).map((tick) => new Date(tick).getUTCHours())).toEqual(
    Array(7).fill(23),
  );
  for (const length of [1, 1000, 86_400_000, 1e12])
    expect(ticksOf({ from: 0, to: length }, { most: 10, offsetMs: 0 }).length).toBeLessThan(500);
});

test('closer and farther keep the moment where it is', () => {
  const around = at('03:15:00');
  const closer = zoomed(RANGE, { factor: 0.5, around });
  expect(closer).toEqual({ from: at('03:07:30'), to: at('03:37:30') });
  expect(zoomed(closer, { factor: 2, around })).toEqual(RANGE);
  expect(zoomed({ from: 0, to: 10 }, { factor: 0.5, around: 5 }).to).toBe(5000 + 5);
  expect(moved(RANGE, 0.5)).toEqual({ from: at('03:30:00'), to: at('04:30:00') });
});

test('the address says moment and range, and the command line the same', () => {
  const now = at('05:00:00');
  const read = (text: string) => timelineAddressOf(new URLSearchParams(text), now);
  expect(read('')).toEqual({ app: null, range: { from: at('04:00:00'), to: now }, isLive: true, at: null });
  expect(timelineCommand(read('last=1d'))).toBe('slipway timeline --since 1d');
  const moment = read('app=web&at=2026-11-30T03:12:00Z');
  expect(moment).toMatchObject({ range: { from: at('02:57:00'), to: at('03:27:00') }, isLive: false });
  expect(timelineCommand(moment)).toBe('slipway timeline web --at 2026-11-30T03:12:00.000Z');
  expect(read(`from=${RANGE.from}&to=${RANGE.to}`)).toMatchObject({ range: RANGE, isLive: false });
  expect(read(`from=${RANGE.to}&to=${RANGE.from}&at=nonsense`).isLive).toBe(true);
});
