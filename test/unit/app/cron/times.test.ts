import { expect, test } from 'vitest';
import { loadNextTime, Times } from '../../../../src/app/cron/index.ts';
import { ManualClock } from '../../../support/clock.ts';

const HOUR_MS = 3_600_000;
const nextTime = await loadNextTime();
const at = (text: string) => new Date(text).getTime();

function begun(time: string, schedules: Record<string, string>, since: string | null = null) {
  const host = new ManualClock(at(time));
  const due: string[] = [];
  const times = new Times({
    clock: host,
    onDue: (name, scheduled) => due.push(`${name} ${new Date(scheduled).toTimeString().slice(0, 8)}`),
  });
  const set = (entries: Record<string, string>, from: string | null = null) =>
    times.set(
      Object.entries(entries).map(([name, schedule]) => ({
        name,
        schedule,
        since: from === null ? null : at(from),
      })),
      nextTime,
    );
  set(schedules, since);
  return { host, due, times, set };
}

test('an entry is due at its times, in the time zone of the host, and not before', () => {
  const { host, due, times } = begun('2026-03-02T02:58:30', { nightly: '0 3 * * *', often: '*/5 * * * *' });
  expect(times.at('nightly')).toBe(at('2026-03-02T03:00:00'));
  host.advance(89_999);
  expect(due).toEqual([]);
  host.advance(1);
  expect(due).toEqual(['nightly 03:00:00', 'often 03:00:00']);
  host.advance(10 * 60_000);
  expect(due.slice(2)).toEqual(['often 03:05:00', 'often 03:10:00']);
  expect(times.at('nightly')).toBe(at('2026-03-03T03:00:00'));
  expect(times.at('unknown')).toBeNull();
});

test('six fields have seconds first', () => {
  const { host, due } = begun('2026-03-02T10:00:00', { fast: '*/20 * * * * *' });
  host.advance(60_000);
  expect(due).toEqual(['fast 10:00:20', 'fast 10:00:40', 'fast 10:01:00']);
});

test('times that passed while the host was suspended are due once, and soon after', () => {
  const { host, due } = begun('2026-03-02T02:00:00', { nightly: '0 3 * * *', often: '*/5 * * * *' });
  host.advance(60_000);
  host.setWall(5 * HOUR_MS);
  host.advance(60_000);
  expect(due).toEqual(['nightly 03:00:00', 'often 02:05:00']);
  host.advance(5 * 60_000);
  expect(due.slice(2)).toEqual(['often 07:05:00']);
});

test('a clock that is set back a little has no time twice', () => {
  const { host, due, times } = begun('2026-03-02T02:59:00', { nightly: '0 3 * * *' });
  host.advance(90_000);
  expect(due).toEqual(['nightly 03:00:00']);
  host.setWall(-(5 * 60_000));
  host.advance(10 * 60_000);
  expect(due).toHaveLength(1);
  expect(times.at('nightly')).toBe(at('2026-03-03T03:00:00'));
});

test('a clock that was a day ahead and is set right has its times as the others have', () => {
  const { host, due } = begun('2026-03-03T10:00:30', { often: '*/5 * * * *', nightly: '0 3 * * *' });
  host.advance(60_000);
  host.setWall(-(24 * HOUR_MS));
  host.advance(5 * 60_000);
  expect(due).toEqual(['often 10:05:00']);
});

test('what was due since the last agent looked is due once, and what is new is due next time', () => {
  const restarted = begun('2026-03-02T03:00:20', { nightly: '0 3 * * *' }, '2026-03-02T02:51:00');
  expect(restarted.due).toEqual(['nightly 03:00:00']);
  expect(begun('2026-03-02T03:00:20', { nightly: '0 3 * * *' }).due).toEqual([]);
});

test('a new configuration keeps the times of what did not change', () => {
  const { host, due, times, set } = begun('2026-03-02T10:00:30', {
    a: '*/5 * * * *',
    b: '*/5 * * * *',
    c: '@hourly',
  });
  host.advance(60_000);
  set({ a: '*/5 * * * *', b: '*/7 * * * *', d: '@daily' });
  expect(times.at('c')).toBeNull();
  expect(times.at('d')).toBe(at('2026-03-03T00:00:00'));
  host.advance(6 * 60_000);
  expect(due).toEqual(['a 10:05:00', 'b 10:07:00']);
});

test('without entries no timer runs, nor after it was stopped', () => {
  const { host, due, times } = begun('2026-03-02T10:00:30', {});
  expect(host.pending).toBe(0);
  const other = begun('2026-03-02T10:00:30', { a: '* * * * *' });
  expect(other.host.pending).toBe(1);
  other.times.stop();
  expect(other.host.pending).toBe(0);
  times.stop();
  expect(due).toEqual([]);
});

test('a schedule that never comes, or is none, is never due', () => {
  const { host, due, times } = begun('2026-03-02T10:00:30', { never: '0 0 30 2 *', none: 'x y' });
  host.advance(HOUR_MS);
  expect(due).toEqual([]);
  expect(times.at('never')).toBeNull();
});
