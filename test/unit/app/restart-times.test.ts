import { expect, test } from 'vitest';
import { loadNextTime } from '../../../src/app/cron/index.ts';
import { RestartTimes } from '../../../src/app/restart-times.ts';
import { DAY_MS, ManualClock } from '../../support/clock.ts';

const HOUR_MS = 3_600_000;
const nextTime = await loadNextTime();

function begun(time: string, schedule = '0 4 * * *') {
  const host = new ManualClock(new Date(time).getTime());
  const told: string[] = [];
  const times = new RestartTimes({
    clock: host,
    onDue: (name) => told.push(`${name} ${new Date(host.now()).toTimeString().slice(0, 5)}`),
    onLeftOut: (name, why) => told.push(`${name}: ${why}`),
  });
  times.set([{ name: 'queue', schedule }], nextTime);
  return { host, told, times };
}

test('what is restarted every night is due once each night, not for what was before', () => {
  const { host, told } = begun('2026-03-02T04:00:20');
  host.advance(2 * DAY_MS);
  expect(told).toEqual(['queue 04:00', 'queue 04:00']);
});

test('a time that passed while the host slept is not made up for, and the next one is as ever', () => {
  const { host, told } = begun('2026-03-02T03:30:00');
  host.setWall(5 * HOUR_MS);
  host.advance(60_000);
  expect(told).toEqual(['queue: its time passed unseen 4h 31m ago']);
  host.advance(DAY_MS);
  expect(told.slice(1)).toEqual(['queue 04:00']);
});

test.each([
  ['a few minutes', -5 * 60_000],
  ['hours', -3 * HOUR_MS],
])('a clock that is set back by %s after a restart causes no second one that day', (_, byMs) => {
  const { host, told } = begun('2026-03-02T03:50:00');
  host.advance(HOUR_MS);
  host.setWall(byMs);
  host.advance(6 * HOUR_MS);
  expect(told.filter((line) => !line.includes('was set since'))).toEqual(['queue 04:00']);
  host.advance(DAY_MS);
  expect(told.filter((line) => !line.includes('was set since'))).toHaveLength(2);
});

test('a clock that jumps a day ahead and is set right restarts nothing twice', () => {
  const { host, told } = begun('2026-03-02T03:59:30');
  host.advance(60_000);
  host.setWall(DAY_MS);
  host.advance(HOUR_MS);
  host.setWall(-DAY_MS);
  host.advance(HOUR_MS);
  expect(told[0]).toBe('queue 04:00');
  expect(told.slice(1)).toEqual([expect.stringContaining('passed unseen')]);
  host.advance(DAY_MS);
  expect(told.at(-1)).toBe('queue 04:00');
});

test('times that are near each other are all kept, and another schedule begins anew', () => {
  const { host, told, times } = begun('2026-03-02T03:50:00', '0,10 4,16 * * *');
  host.advance(13 * HOUR_MS);
  expect(told).toEqual(['queue 04:00', 'queue 04:10', 'queue 16:00', 'queue 16:10']);
  times.set([{ name: 'queue', schedule: '30 16 * * *' }], nextTime);
  host.advance(HOUR_MS);
  expect(told).toHaveLength(4);
  times.stop();
  expect(host.pending).toBe(0);
});
