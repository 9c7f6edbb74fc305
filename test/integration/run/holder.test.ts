import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, expect, onTestFinished, test } from 'vitest';
import { parseExit } from '../../../src/supervisor/holder.ts';
import { NO_LIMITS, type Run, type RunExit, Runs, send } from '../../../src/supervisor/index.ts';
import { processStat } from '../../../src/supervisor/proc.ts';
import type { ProcessIdentity } from '../../../src/supervisor/run-processes.ts';
import { temporaryFolder } from '../../support/temporary.ts';
import { waitFor } from '../../support/wait-for.ts';
import { Workshop } from '../../support/workshop.ts';

const started: ProcessIdentity[] = [];
afterEach(() => {
  for (const each of started.splice(0)) send(each, 'SIGKILL');
});

async function launch(runs: Runs, argv: string[], folder: string): Promise<Run> {
  const fd = fs.openSync(path.join(folder, 'output'), 'a');
  const run = await runs.launch(
    { app: 'web', unit: '1', release: 1, generation: 0 },
    {
      argv,
      cwd: folder,
      env: { PATH: process.env.PATH ?? '' },
      account: null,
      limits: NO_LIMITS,
      stdoutFd: fd,
      stderrFd: fd,
    },
  );
  fs.closeSync(fd);
  // The holder would wait for an agent that takes its run away.
  const holder = processStat(processStat(run.pid)?.parentPid ?? 0);
  started.push(run, ...(holder ? [holder] : []));
  return run;
}

test('a holder that is killed changes nothing for its app, which is watched by its pid then', async () => {
  const workshop = await Workshop.running({ replicas: 1 });
  const { pid } = await workshop.ask(1);
  const holder = processStat(processStat(pid)?.parentPid ?? 0);
  expect(holder?.command).toBe('sh');
  process.kill(holder?.pid ?? 0, 'SIGKILL');
  await waitFor('the holder to be gone', () => processStat(holder?.pid ?? 0) === null);
  expect((await workshop.ask(1)).pid).toBe(pid);
  expect((await workshop.app()).instances[0]).toMatchObject({ state: 'ready', pid });
  process.kill(pid, 'SIGKILL');
  const successor = await waitFor('the successor', async () => {
    const [instance] = (await workshop.app()).instances;
    return instance?.state === 'ready' && instance.pid !== pid && instance;
  });
  // The end of the holder was taken for nothing else.
  expect(successor).toMatchObject({ last_exit: { status: null, signal: null }, restarts: { crash: 1 } });
});

test('a process that has the pid of an ended run by now is left alone', async () => {
  const folder = temporaryFolder();
  const runs = new Runs(path.join(folder, 'run'));
  const run = await launch(runs, ['sleep', '1000'], folder);
  runs.close();
  // The kernel gives a pid away again at some time: the start file of an ended run then names a stranger.
  // A start time has a grain of 10 ms, and the stranger is to have another.
  await waitFor('another clock tick', () => clockTicks() > run.startTicks + 1);
  const stranger = spawn('sleep', ['1000'], { stdio: 'ignore' });
  onTestFinished(() => void stranger.kill('SIGKILL'));
  const strangerEnded = once(stranger, 'exit');
  const file = path.join(folder, 'run', `${run.id}.start`);
  fs.writeFileSync(file, fs.readFileSync(file, 'utf8').replace(/\d+( \(.*\n)$/, `${stranger.pid}$1`));
  send(run, 'SIGKILL');
  // The app is gone a moment before its holder has written how.
  const exitFile = path.join(folder, 'run', `${run.id}.exit`);
  await waitFor('the holder to tell of the end', () => parseExit(readIfThere(exitFile)));
  fs.rmSync(exitFile);

  const next = new Runs(path.join(folder, 'run'));
  const [found] = await next.found();
  const exit = await new Promise<RunExit>((resolve) => next.exits.watch(found?.run as Run, resolve));
  expect(exit).toMatchObject({ status: null, signal: null });
  send(found?.run as Run, 'SIGKILL');
  // A signal that it had got before would be the one that ends it.
  stranger.kill('SIGTERM');
  expect(await strangerEnded).toEqual([null, 'SIGTERM']);
  next.close();
});

function readIfThere(file: string): string {
  return fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : '';
}

/** Clock ticks since the boot, as start times count them. */
function clockTicks(): number {
  return Number(fs.readFileSync('/proc/uptime', 'utf8').split(' ')[0]) * 100;
}

test('a start file of an earlier boot makes no living process its run', async () => {
  const folder = temporaryFolder();
  const runs = new Runs(path.join(folder, 'run'));
  const run = await launch(runs, ['sleep', '1000'], folder);
  runs.close();
  const file = path.join(folder, 'run', `${run.id}.start`);
  fs.writeFileSync(
    file,
    fs.readFileSync(file, 'utf8').replace(/^\S+/, '00000000-0000-0000-0000-000000000000'),
  );
  const next = new Runs(path.join(folder, 'run'));
  const found = await next.found();
  expect(found.map(({ exit }) => exit)).toEqual([expect.objectContaining({ status: null, signal: null })]);
  send(found[0]?.run as Run, 'SIGKILL');
  // A signal that it had got before would be the one that ends it.
  send(run, 'SIGTERM');
  const exitFile = path.join(folder, 'run', `${run.id}.exit`);
  const exit = await waitFor('the holder to tell of the end', () => parseExit(readIfThere(exitFile)));
  expect(exit).toEqual({ status: null, signalNumber: os.constants.signals.SIGTERM });
  next.close();
});

test('SIGINT reaches an app that a holder started, for sh leaves it ignored in background jobs', async () => {
  const folder = temporaryFolder();
  const runs = new Runs(path.join(folder, 'run'));
  const run = await launch(runs, ['sleep', '1000'], folder);
  const exited = new Promise<RunExit>((resolve) => runs.exits.watch(run, resolve));
  // Recorded is the shell that becomes the app: until env(1) has run, it ignores the signal.
  await waitFor('the app itself', () => processStat(run.pid)?.command === 'sleep');
  send(run, 'SIGINT');
  expect(await exited).toMatchObject({ status: null, signal: 'SIGINT' });
  runs.close();
});

test('a holder is small: a few hundred KB of its own', async () => {
  const folder = temporaryFolder();
  const runs = new Runs(path.join(folder, 'run'));
  const run = await launch(runs, ['sleep', '1000'], folder);
  const holder = processStat(run.pid)?.parentPid ?? 0;
  const rollup = fs.readFileSync(`/proc/${holder}/smaps_rollup`, 'utf8');
  const kilobytes = [...rollup.matchAll(/^Private_\w+:\s+(\d+)/gm)].reduce(
    (sum, [, size]) => sum + Number(size),
    0,
  );
  expect(kilobytes).toBeLessThan(500);
  runs.close();
});
