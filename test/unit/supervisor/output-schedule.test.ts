import fs from 'node:fs';
import path from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { rotatedIndexes } from '../../../src/supervisor/output/files.ts';
import { openLog, RotationSchedule } from '../../../src/supervisor/output/index.ts';
import { rotate } from '../../../src/supervisor/output/rotation.ts';
import { readState } from '../../../src/supervisor/output/rotation-state.ts';
import { readMarks } from '../../../src/supervisor/output/time-marks.ts';
import { WatchedLog } from '../../../src/supervisor/output/watched-log.ts';
import { DAY_MS, ManualClock } from '../../support/clock.ts';
import { temporaryFolder } from '../../support/temporary.ts';
import { waitFor } from '../../support/wait-for.ts';

const KB = 1024;
const LIMITS = { maxSizeBytes: 256 * KB, keep: 9 };

function setUp() {
  const clock = new ManualClock();
  const problems: string[] = [];
  const schedule = new RotationSchedule({
    clock,
    onProblem: ({ file, message }) => problems.push(`${file}: ${message}`),
  });
  onTestFinished(() => schedule.stop());
  return { clock, problems, schedule };
}

function newLog(folder = temporaryFolder(), instance = '1') {
  const file = path.join(folder, 'api', `api-${instance}-stdout.log`);
  const fd = openLog(file);
  onTestFinished(() => fs.closeSync(fd));
  return { file, write: (length: number) => void fs.writeSync(fd, 'x'.repeat(length - 1).concat('\n')) };
}

const rotatedTo = (file: string, count: number) =>
  waitFor(
    `${count} rotated files`,
    () => rotatedIndexes(file).length === count && !fs.existsSync(`${file}.rotating.gz`),
  );

test('a log that grows too large is rotated at the next look, as often as it takes', async () => {
  const { clock, schedule, problems } = setUp();
  const { file, write } = newLog();
  schedule.add(file, LIMITS);
  write(700 * KB);
  clock.advance(4_000);
  write(1);
  clock.advance(1_000);
  await rotatedTo(file, 3);
  write(200 * KB);
  clock.advance(5_000);
  await rotatedTo(file, 4);
  expect(problems).toEqual([]);
});

test('a log that grows fast keeps its hole until a look at which it is calm', async () => {
  const { file, write } = newLog();
  const log = new WatchedLog(file, LIMITS);
  const start = 1_700_000_000_000;
  expect(log.look(start, start)).toBe(false);
  write(300 * KB);
  expect(log.look(start + 100, start)).toBe(true);
  log.rotated(await rotate({ file, ...LIMITS }));
  expect(readState(file).hole).toBe(192 * KB);
  for (let look = 1; look <= 3; look++) {
    write(10_001);
    expect(log.look(start + 100 + look * 10, start)).toBe(false);
  }
  write(10_000);
  expect(log.look(start + 140, start)).toBe(true);
});

test('the first look at a log does not tell that it is calm', async () => {
  const { file, write } = newLog();
  write(300 * KB);
  await rotate({ file, ...LIMITS });
  const log = new WatchedLog(file, LIMITS);
  expect(log.look(5_000, 5_000)).toBe(false);
  expect(log.look(10_000, 10_000)).toBe(true);
});

test('to close a hole that the file system does not let go is tried once', async () => {
  const tools = temporaryFolder();
  const tried = path.join(tools, 'tried');
  const tool = `#!/bin/sh
case "$*" in *--collapse-range*) echo "$*" >> ${tried}; exit 1;; esac
PATH=${process.env.PATH} exec fallocate "$@"
`;
  fs.writeFileSync(path.join(tools, 'fallocate'), tool, { mode: 0o755 });
  vi.stubEnv('PATH', `${tools}:${process.env.PATH}`);
  onTestFinished(() => void vi.unstubAllEnvs());

  const { file, write } = newLog();
  const log = new WatchedLog(file, LIMITS);
  let now = 1_700_000_000_000;
  const look = () => log.look((now += 5_000), now);
  const lengths = [192 * KB, 384 * KB];
  for (const hole of lengths) {
    write(256 * KB);
    for (const wasDue of [true, false]) {
      expect(look()).toBe(true);
      expect(await rotate({ file, ...LIMITS })).toBe(wasDue);
      log.rotated(wasDue);
    }
    expect([look(), look()]).toEqual([false, false]);
    expect(readState(file)).toMatchObject({ base: 0, hole, pending: null });
  }
  const attempts = fs.readFileSync(tried, 'utf8').trim().split('\n');
  expect(attempts.map((attempt) => Number(/--length (\d+)/.exec(attempt)?.[1]))).toEqual(lengths);
});

test('a rotation in which an agent was killed is ended when the log is added', async () => {
  const { schedule } = setUp();
  const { file, write } = newLog();
  write(300 * KB);
  const killed = new Error('killed');
  const rotating = rotate({
    file,
    ...LIMITS,
    onPhase: (phase) => {
      if (phase === 'punched') throw killed;
    },
  });
  await expect(rotating).rejects.toMatchObject({ cause: killed });
  expect(rotatedIndexes(file)).toEqual([]);
  schedule.add(file, { ...LIMITS, maxSizeBytes: 1024 * KB });
  expect(await rotatedTo(file, 1)).toBe(true);
});

test('idle logs are looked at together, every 5 s', () => {
  const { clock, schedule } = setUp();
  const folder = temporaryFolder();
  for (let instance = 1; instance <= 20; instance++) {
    schedule.add(newLog(folder, String(instance)).file, LIMITS);
    clock.advance(137);
  }
  clock.advance(5_000);
  clock.fired = 0;
  clock.advance(60_000);
  expect(clock.fired).toBe(12);
});

test('a log that fills up fast is looked at more often', () => {
  const { clock, schedule } = setUp();
  const { file, write } = newLog();
  schedule.add(file, { ...LIMITS, maxSizeBytes: 1024 * KB });
  write(KB);
  clock.advance(5_000);
  write(400 * KB);
  clock.advance(1_000);
  clock.fired = 0;
  clock.advance(500);
  expect(clock.fired).toBe(1);
});

test('while a log grows it is looked at each second, and told within what time its lines came', () => {
  const { clock, schedule } = setUp();
  const { file, write } = newLog();
  schedule.add(file, LIMITS);
  clock.advance(20_000);
  for (let line = 0; line < 5; line++) {
    write(10);
    clock.advance(5_000 - (clock.monotonicMs() % 5_000 === 0 && line > 0 ? 4_000 : 0));
  }
  const marks = readMarks(file);
  expect(marks.map(({ end }) => end)).toEqual([10, 20, 30, 40, 50]);
  expect(marks[0]?.withinMs).toBeLessThanOrEqual(5_000);
  expect(marks.slice(1).map(({ withinMs }) => withinMs <= 5_000)).toEqual([true, true, true, true]);
});

test('each look at a log that grew is marked with its time, a burst at its end too', () => {
  const { clock, schedule } = setUp();
  const { file, write } = newLog();
  schedule.add(file, LIMITS);
  expect(readMarks(file)).toEqual([]);
  const start = clock.now();
  for (const length of [100, 50, 7]) {
    write(length);
    clock.advance(5_000);
  }
  clock.advance(60_000);
  expect(readMarks(file).map(({ atMs, end }) => [Math.ceil((atMs - start) / 5_000), end])).toEqual([
    [1, 100],
    [2, 150],
    [3, 157],
  ]);
});

test('a problem is told once, the log tried again, and told anew when it comes back', async () => {
  const { clock, schedule, problems } = setUp();
  const { file, write } = newLog();
  const damage = () => fs.writeFileSync(`${file}.rotation`, '{');
  damage();
  write(300 * KB);
  schedule.add(file, LIMITS);
  clock.advance(300_000);
  expect(problems).toHaveLength(1);
  expect(problems[0]).toContain(`${file}.rotation is damaged`);

  fs.rmSync(`${file}.rotation`);
  clock.advance(60_000);
  await rotatedTo(file, 1);
  await waitFor('the end', () => fs.readFileSync(`${file}.rotation`, 'utf8').includes('"pending":null'));
  await waitFor('the problem again', () => {
    // Again and again, for the hole of that rotation may just be closed, which writes the file anew.
    damage();
    write(300 * KB);
    clock.advance(60_000);
    return problems.length > 1;
  });
  expect(problems).toHaveLength(2);
});

test('a log that is removed is left alone', async () => {
  const { clock, schedule } = setUp();
  const folder = temporaryFolder();
  const [removed, other] = [newLog(folder, '1'), newLog(folder, '2')];
  for (const { file } of [removed, other]) schedule.add(file, LIMITS);
  schedule.remove(removed.file);
  for (const { write } of [removed, other]) write(300 * KB);
  clock.advance(5_000);
  await rotatedTo(other.file, 1);
  expect(rotatedIndexes(removed.file)).toEqual([]);
});

test('other limits hold from the next look on', async () => {
  const { clock, schedule } = setUp();
  const { file, write } = newLog();
  write(600 * KB);
  schedule.add(file, { maxSizeBytes: 1024 * KB, keep: 9 });
  schedule.add(file, { maxSizeBytes: 512 * KB, keep: 9 });
  clock.advance(5_000);
  expect(await rotatedTo(file, 1)).toBe(true);
});

test.each([-DAY_MS, DAY_MS])(
  'a wall clock that is set by %i ms stops no looks, and adds none',
  async (byMs) => {
    const { clock, schedule } = setUp();
    const { file, write } = newLog();
    schedule.add(file, LIMITS);
    clock.advance(10_000);
    clock.setWall(byMs);
    write(300 * KB);
    // Another log has all of them asked whether they are due.
    schedule.add(newLog().file, LIMITS);
    expect(readMarks(file)).toEqual([]);
    clock.advance(5_000);
    // The change time of the file is that of the machine, which nobody has set.
    const latest = Math.min(clock.now(), fs.statSync(file).mtimeMs);
    expect(readMarks(file).map(({ atMs }) => atMs)).toEqual([Math.round(latest)]);
    expect(await rotatedTo(file, 1)).toBe(true);
  },
);
