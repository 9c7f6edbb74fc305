import colors from 'picocolors';
import { expect, test } from 'vitest';
import type { TimelineEntry } from '../../../src/api/index.ts';
import { momentOf } from '../../../src/cli/moment.ts';
import { timelineView } from '../../../src/cli/view/index.ts';

const MINUTE_MS = 60_000;
/** In the zone of whoever runs this. */
const local = (text: string) => Date.parse(text);
const AT = local('2026-03-01T03:12:00');
const NOW = local('2026-03-01T09:12:00');

function entry(
  secondsAfter: number,
  kind: TimelineEntry['kind'],
  text: string,
  given: Partial<TimelineEntry> = {},
) {
  const at = new Date(AT + secondsAfter * 1000).toISOString();
  const instance = /^web\/\d/.exec(text)?.[0] ?? null;
  return {
    ...{ at, kind, app: 'web', instance, release: null, text, deployment: null, actor: null, is_bad: false },
    cursor: `${AT + secondsAfter * 1000}.1`,
    ...given,
  };
}

const night = [
  entry(-4000, 'run', 'web/2 runs 1.0.0 (pid 4)', { release: '1.0.0' }),
  entry(-130, 'deployment', 'deployment 12 of 1.1.0 begins, by ada', { deployment: 12, actor: 'ada' }),
  entry(-120, 'run', 'web/1 runs 1.1.0 (pid 5)', { release: '1.1.0' }),
  ...[-100, -60, -5].flatMap((at) => [
    entry(at, 'exit', 'web/1 ended unexpectedly: exit status 1', {
      ...{ is_bad: true, release: '1.1.0', last_words: ['Error: no database'] },
    }),
    ...(at === -5 ? [] : [entry(at + 1, 'run', 'web/1 runs 1.1.0 (pid 6)', { release: '1.1.0' })]),
  ]),
  entry(30, 'deployment', 'deployment 12 of 1.1.0 rolled back: 3 unexpected exits', {
    deployment: 12,
    is_bad: true,
  }),
];

const options = { app: 'web', now: NOW, colors: colors.createColors(false), columns: 100 };

test('around a moment it is said what happened before and after, and what was up and down then', () => {
  const shown = timelineView(night, {
    ...options,
    at: AT,
    from: AT - 15 * MINUTE_MS,
    to: AT + 15 * MINUTE_MS,
  });
  expect(shown).toBe(
    `
web around 2026-03-01 03:12:00 (6h 00m ago)

    -2m 10s  03:09:50  deployment 12 of 1.1.0 begins, by ada
    -2m 00s  03:10:00  web/1 runs 1.1.0 (pid 5)
    -1m 40s  03:10:20  web/1 ended unexpectedly: exit status 1 (3 times, the last at 03:11:55)
                         Error: no database
------------ 03:12:00 -
       +30s  03:12:30  deployment 12 of 1.1.0 rolled back: 3 unexpected exits

At 03:12:00:
  web/2  ran 1.0.0 for 1h 06m
  web/1  down for 5s: web/1 ended unexpectedly: exit status 1

  slipway show 12
  slipway logs web/1 --at "2026-03-01 03:12:00"`.slice(1),
  );
});

test('without a moment it is said how long ago each was, and how to look closer', () => {
  const shown = timelineView(night, { ...options, at: null, from: NOW - 24 * 60 * MINUTE_MS, to: NOW });
  expect(shown).toMatch(/6h 02m ago  03:09:50  deployment 12 of 1\.1\.0 begins/);
  expect(shown).toContain('slipway timeline web --at "2026-03-01 03:10:20"');
  expect(timelineView([], { ...options, at: null, from: AT, to: NOW })).toMatch(
    /^Nothing happened to web since 2026-03-01 03:12:00\.\n  slipway timeline web --since/,
  );
});

test('what others wrote does not reach the terminal as it is', () => {
  const evil = entry(-1, 'exit', 'web/1 ended: \x1b]52;c;eA==\x07', { last_words: ['\x1b[2J\nx'] });
  const shown = timelineView([evil], { ...options, at: AT, from: AT - MINUTE_MS, to: NOW });
  expect(shown).not.toMatch(/[\x00-\x09\x0b-\x1f]/);
});

test.each([
  ['03:12', '2026-03-01T03:12:00'],
  ['3:12:07', '2026-03-01T03:12:07'],
  ['09:13', '2026-02-28T09:13:00'],
  ['yesterday 03:12', '2026-02-28T03:12:00'],
  ['2026-02-27 03:12', '2026-02-27T03:12:00'],
  ['2026-02-27', '2026-02-27T00:00:00'],
  ['2026-02-27T03:12:00.500Z', '2026-02-27T03:12:00.500Z'],
  ['2026-02-27T03:12+02:00', '2026-02-27T01:12:00Z'],
  ['2h ago', '2026-03-01T07:12:00'],
  ['1h30m ago', null],
  ['now', '2026-03-01T09:12:00'],
  ['25:00', null],
  ['03:60', null],
  ['2026-13-01', null],
  ['noonish', null],
  ['', null],
  ['-5', null],
])('the moment %j is %s', (text, expected) => {
  expect(momentOf(text, NOW)).toBe(expected === null ? null : Date.parse(expected));
});
