import fs from 'node:fs';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { Cron } from '../../../../src/app/cron/index.ts';
import type { CronConfiguration } from '../../../../src/config/index.ts';
import { type Clock, systemClock } from '../../../../src/kernel/index.ts';
import type { SiteContext } from '../../../../src/site/context.ts';
import { liveRelease } from '../../../../src/site/live-release.ts';
import { isAlive } from '../../../../src/supervisor/index.ts';
import { processStat } from '../../../../src/supervisor/proc.ts';
import { DAY_MS } from '../../../support/clock.ts';
import { waitFor } from '../../../support/wait-for.ts';
import { siteGround } from '../../site/ground.ts';

/** Never by itself within a test. */
const YEARLY = '0 0 1 1 *';

function entry(name: string, script: string, change: Partial<CronConfiguration> = {}): CronConfiguration {
  return { name, schedule: YEARLY, command: ['/bin/sh', '-c', script], timeoutMs: 60_000, ...change };
}

async function begun(context: SiteContext, environment: Record<string, string> = {}): Promise<Cron> {
  const cron = new Cron({
    context,
    place: {
      live: () => liveRelease(context.layout),
      environment: async () => ({ PATH: process.env.PATH ?? '', ...environment }),
    },
  });
  onTestFinished(() => cron.detach());
  cron.adopt(await context.runs.found());
  await cron.start();
  return cron;
}

const ended = async (cron: Cron, name: string) =>
  await waitFor(`${name} to end`, () => !cron.running(name) && cron.history(name, 1)[0]);

const wait = (file: string) => `until [ -e '${file}' ]; do sleep 0.05; done`;

test('a command runs in the true directory of the live release, and its output is kept', async () => {
  const { context, goLive, folder } = siteGround({
    configuration: { cron: [entry('nightly', 'pwd -P; echo "$TOKEN"; echo on stderr >&2')] },
  });
  const directory = goLive(7);
  const cron = await begun(context, { TOKEN: 'of the site' });
  const run = await cron.runNow('nightly', 'root');
  expect(run).toMatchObject({ unit: 'cron-nightly', release: 7 });
  expect(await ended(cron, 'nightly')).toMatchObject({
    ...{ id: run.id, unit: 'cron-nightly', release: 7, status: 0, signal: null, unexpected: false },
    reason: 'started by root; exit status 0',
  });
  const log = (stream: string) =>
    fs.readFileSync(path.join(folder, 'logs/shop', `shop-cron-nightly-${stream}.log`), 'utf8');
  expect(log('stdout')).toBe(`${fs.realpathSync(directory)}\nof the site\n`);
  expect(log('stderr')).toBe('on stderr\n');
  expect(cron.units()).toEqual(['cron-nightly']);
  expect(fs.readdirSync(context.runs.directory)).toEqual([]);
});

test('a failure is recorded with its last words, and told', async () => {
  const { context, goLive, told } = siteGround({
    configuration: { cron: [entry('bad', 'echo before >&2; echo "no such table" >&2; exit 3')] },
  });
  goLive(1);
  const cron = await begun(context);
  await cron.runNow('bad', 'root');
  expect(await ended(cron, 'bad')).toMatchObject({
    ...{ status: 3, unexpected: true, reason: 'started by root; exit status 3; on stderr: no such table' },
    stderr: ['before', 'no such table'],
  });
  expect(told.filter(({ type }) => type === 'cron.failed')).toHaveLength(1);
});

test('an entry runs when its time comes; what takes longer is not run twice, and told once', async () => {
  const { context, goLive, told, folder } = siteGround();
  const release = path.join(folder, 'release-it');
  const each = path.join(folder, 'started');
  context.configuration.cron = [
    entry('often', `echo x >>'${each}'; ${wait(release)}`, { schedule: '* * * * * *' }),
  ];
  goLive(1);
  const before = Date.now();
  const cron = await begun(context);
  expect(cron.nextAt('often')).toBeGreaterThan(before);
  await waitFor('it to run', () => fs.readFileSync(each, 'utf8'));
  await waitFor('a time to be skipped', () => told.some(({ type }) => type === 'cron.skipped'));
  const next = cron.nextAt('often') ?? 0;
  await waitFor('another time to pass', () => (cron.nextAt('often') ?? 0) > next + 1000);
  await expect(cron.runNow('often', 'root')).rejects.toThrow('its former run still goes on');
  context.configuration.cron = context.configuration.cron.map((one) => ({ ...one, schedule: YEARLY }));
  await cron.reconfigured();
  fs.writeFileSync(release, '');
  expect((await ended(cron, 'often'))?.reason).toMatch(/^exit status 0; due \d+ more times while it ran/);
  // Nothing is begun any more by now.
  expect(fs.readFileSync(each, 'utf8')).toBe('x\n');
  expect(cron.history('often', 10)).toHaveLength(1);
  expect(told.filter(({ type }) => type === 'cron.skipped')).toHaveLength(1);
});

test('what takes longer than its limit is ended with everything that it started', async () => {
  const limits: (() => void)[] = [];
  const after: Clock['after'] = (ms, fn) =>
    ms === 77_000 ? (limits.push(fn), () => undefined) : systemClock.after(ms, fn);
  const { context, goLive, folder } = siteGround({ clock: { ...systemClock, after } });
  const pids = path.join(folder, 'pids');
  context.configuration.cron = [
    entry('slow', `setsid sleep 1000 & echo $! >'${pids}.new'; mv '${pids}.new' '${pids}'; sleep 1000`, {
      timeoutMs: 77_000,
    }),
  ];
  goLive(1);
  const cron = await begun(context);
  const run = await cron.runNow('slow', 'root');
  const child = Number(await waitFor('its child', () => fs.readFileSync(pids, 'utf8')));
  for (const limit of limits) limit();
  expect(await ended(cron, 'slow')).toMatchObject({
    ...{ unexpected: true, reason: 'started by root; took longer than 1m 17s, and was ended' },
  });
  await waitFor('its child to be gone', () => processStat(child) === null);
  expect(isAlive(run)).toBe(false);
  await waitFor('its files to be gone', () => fs.readdirSync(context.runs.directory).length === 0);
});

test('a run outlives the agent: the next one finds it, starts no second, and records its end', async () => {
  const { context, goLive, nextAgent, folder } = siteGround();
  const release = path.join(folder, 'release-it');
  context.configuration.cron = [entry('long', `${wait(release)}; exit 4`)];
  goLive(3);
  const first = await begun(context);
  const run = await first.runNow('long', 'root');
  first.detach();
  await expect(first.runNow('long', 'root')).rejects.toThrow('the agent ends');

  const second = await begun(nextAgent());
  expect(second.running('long')).toBe(true);
  expect(second.releasesInUse()).toEqual([3]);
  await expect(second.runNow('long', 'root')).rejects.toThrow('its former run still goes on');
  fs.writeFileSync(release, '');
  expect(await ended(second, 'long')).toMatchObject({
    id: run.id,
    status: 4,
    reason: 'started by root; exit status 4',
  });
  expect(second.history('long', 10)).toHaveLength(1);
  expect(second.releasesInUse()).toEqual([]);
});

test('a run that ended while no agent ran is recorded by the next one, once', async () => {
  const { context, goLive, nextAgent, folder } = siteGround();
  const release = path.join(folder, 'release-it');
  context.configuration.cron = [entry('long', wait(release))];
  goLive(3);
  const first = await begun(context);
  const run = await first.runNow('long', 'root');
  first.detach();
  fs.writeFileSync(release, '');
  await waitFor(
    'it to end',
    () => !isAlive(run) && fs.existsSync(path.join(context.runs.directory, `${run.id}.exit`)),
  );
  const second = await begun(nextAgent());
  expect(await ended(second, 'long')).toMatchObject({ id: run.id, status: 0 });
  expect(fs.readdirSync(context.runs.directory)).toEqual([]);
});

test('what a command leaves in the background goes on and keeps its release, until its limit', async () => {
  let passedMs = 0;
  let wallSetByMs = 0;
  const clock: Clock = {
    ...systemClock,
    now: () => systemClock.now() + wallSetByMs,
    monotonicMs: () => systemClock.monotonicMs() + passedMs,
  };
  const { context, goLive, nextAgent, folder } = siteGround({ clock });
  const pids = path.join(folder, 'pids');
  context.configuration.cron = [entry('schedule', `sleep 1000 & echo $! >'${pids}'`)];
  goLive(5);
  const cron = await begun(context);
  await cron.runNow('schedule', 'root');
  expect(await ended(cron, 'schedule')).toMatchObject({ status: 0, unexpected: false });
  const child = Number(fs.readFileSync(pids, 'utf8'));
  expect(processStat(child)).not.toBeNull();
  expect(cron.releasesInUse()).toEqual([5]);
  expect(cron.running('schedule')).toBe(false);
  cron.detach();

  const context2 = nextAgent();
  const second = await begun(context2);
  expect(second.history('schedule', 10)).toHaveLength(1);
  expect(second.history('schedule', 1)[0]).toMatchObject({ status: 0 });
  expect(second.releasesInUse()).toEqual([5]);
  // It is the limit, and no wall clock, that ends it.
  for (wallSetByMs of [-DAY_MS, DAY_MS]) expect(second.releasesInUse()).toEqual([5]);
  passedMs = 61_000;
  await waitFor('its release to be free', () => second.releasesInUse().length === 0);
  expect(processStat(child)).toBeNull();
  expect(fs.readdirSync(context2.runs.directory)).toEqual([]);
});

test('all that runs is ended when the app is, and nothing is begun any more', async () => {
  const { context, goLive, folder } = siteGround();
  const pids = path.join(folder, 'pids');
  context.configuration.cron = [
    entry('long', 'sleep 1000'),
    entry('left', `sleep 1000 & echo $! >'${pids}'`),
  ];
  goLive(1);
  const cron = await begun(context);
  await cron.runNow('left', 'root');
  await ended(cron, 'left');
  const run = await cron.runNow('long', 'root');
  await cron.stopAll('the app is no longer configured');
  expect(isAlive(run)).toBe(false);
  expect(processStat(Number(fs.readFileSync(pids, 'utf8')))).toBeNull();
  expect(cron.history('long', 1)[0]).toMatchObject({
    ...{ unexpected: false, reason: 'started by root; ended: the app is no longer configured' },
  });
  expect(fs.readdirSync(context.runs.directory)).toEqual([]);
  await expect(cron.runNow('long', 'root')).rejects.toThrow('the agent ends');
});

test('one that is only being started when all are ended does not stay', async () => {
  const { context, goLive } = siteGround({ configuration: { cron: [entry('long', 'sleep 1000')] } });
  goLive(1);
  const cron = await begun(context);
  const starting = cron.runNow('long', 'root');
  await cron.endRuns('stopped by root');
  await expect(starting).rejects.toThrow('stopped by root');
  expect(cron.running('long')).toBe(false);
  expect(cron.releasesInUse()).toEqual([]);
});

test('nothing runs while no release is live, or the app is stopped; a person is told what to do', async () => {
  const { context, goLive, folder } = siteGround();
  const file = path.join(folder, 'ran');
  context.configuration.cron = [entry('often', `echo x >>'${file}'`, { schedule: '* * * * * *' })];
  const cron = await begun(context);
  const aSecond = async () => {
    const next = cron.nextAt('often') ?? 0;
    await waitFor('a time to pass', () => (cron.nextAt('often') ?? 0) > next);
    // What was begun then is under way by now, or has ended.
    expect(cron.running('often')).toBe(false);
    expect(cron.history('often', 10)).toEqual([]);
  };
  await aSecond();
  await expect(cron.runNow('often', 'root')).rejects.toMatchObject({ next: 'slipway deploy shop' });
  context.journal.write('stopped', (tables) => tables.updateApp(context.key, { stopped: true }));
  goLive(1);
  await aSecond();
  await expect(cron.runNow('often', 'root')).rejects.toMatchObject({ next: 'slipway start shop' });
  expect(fs.existsSync(file)).toBe(false);
  context.journal.write('started', (tables) => tables.updateApp(context.key, { stopped: false }));
  await waitFor('it to run', () => fs.existsSync(file));
  await expect(cron.runNow('unknown', 'root')).rejects.toThrow(
    'shop has no cron entry "unknown"; it has often',
  );
});

test('a time that came while no agent ran is made up for once', async () => {
  const { context, goLive, folder } = siteGround();
  const file = path.join(folder, 'ran');
  const now = new Date();
  // A minute that is over, as a daily schedule.
  const due = new Date(now.getTime() - 60_000);
  const schedule = `${due.getMinutes()} ${due.getHours()} * * *`;
  context.configuration.cron = [
    entry('daily', `echo x >>'${file}'`, { schedule }),
    entry('new', 'true', { schedule }),
  ];
  context.journal.write('yesterday', (tables) =>
    tables.putRun({
      ...{
        ...context.key,
        id: 'shop.cron-daily.1.0.x',
        unit: 'cron-daily',
        release: 1,
        kind: 'full',
        pid: 2,
      },
      ...{
        startedAt: now.getTime() - 86_400_000,
        endedAt: now.getTime() - 86_000_000,
        status: 0,
        signal: null,
      },
      ...{ reason: 'exit status 0', unexpected: false, stderr: null },
    }),
  );
  goLive(1);
  const cron = await begun(context);
  await waitFor('it to run', () => fs.existsSync(file));
  await ended(cron, 'daily');
  expect(cron.history('daily', 10)).toHaveLength(2);
  expect(cron.history('new', 10)).toEqual([]);
});

test('what cannot be started is in the history as well, and says why, secrets masked', async () => {
  const { context, goLive, told } = siteGround({ configuration: { cron: [entry('x', 'true')] } });
  goLive(1);
  const cron = new Cron({
    context,
    place: {
      live: () => liveRelease(context.layout),
      environment: () => Promise.reject(new Error('cannot read API_TOKEN=abcdef123')),
    },
  });
  onTestFinished(() => cron.detach());
  await cron.start();
  await expect(cron.runNow('x', 'root')).rejects.toThrow('cannot read');
  expect(cron.history('x', 1)[0]).toMatchObject({
    ...{ status: null, signal: null, unexpected: true, endedAt: expect.any(Number) },
    reason: 'started by root; not started: cannot read API_TOKEN=[redacted]',
  });
  expect(told.at(-1)?.message).toContain('shop/cron-x failed: ');
  expect(cron.running('x')).toBe(false);
});
