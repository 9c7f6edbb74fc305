import { execFile } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { cgroupMount } from '../../../src/supervisor/cgroup/mount.ts';
import { NO_LIMITS, type RunExit, Runs } from '../../../src/supervisor/index.ts';
import { endRunsOf, groupOf } from '../../support/run-groups.ts';
import { temporaryFolder } from '../../support/temporary.ts';
import { waitFor } from '../../support/wait-for.ts';
import { Workshop } from '../../support/workshop.ts';

test('status tells what an instance uses, and which limits this host cannot enforce', async () => {
  const limits = { files: 321, memory: '512MB', cpu: '200%', tasks: 500 };
  const workshop = await Workshop.running({ replicas: 1, app: { limits } });
  const { pid } = await workshop.ask(1);
  expect(fs.readFileSync(`/proc/${pid}/limits`, 'utf8')).toMatch(/^Max open files\s+321\s+321\s/m);
  const { agent, apps } = await (await workshop.client()).status({});
  const [instance] = apps[0]?.instances ?? [];
  expect(instance).toMatchObject({ oom_kills: 0 });
  expect(instance?.memory_bytes).toBeGreaterThan(10_000_000);
  expect(instance?.cpu_percent).toBeGreaterThan(0);
  const available = fs.readFileSync(path.join(cgroupMount() ?? '', 'cgroup.controllers'), 'utf8');
  const missing = ['memory', 'cpu', 'pids'].filter((name) => !available.includes(name));
  expect(agent.warnings).toEqual(
    missing.length === 0
      ? []
      : [
          `web: its limits are not all in force, for the controller ${missing.join(', ')} of cgroup version 2 is not to be had on this host`,
        ],
  );
});

test('without control groups a run is found, watched and ended by its record and its tree', async () => {
  const folder = temporaryFolder();
  const data = path.join(folder, 'data');
  fs.mkdirSync(data);
  onTestFinished(() => endRunsOf(data));
  const first = new Runs(path.join(data, 'run'));
  const fd = fs.openSync(path.join(folder, 'output'), 'a');
  const run = await first.launch(
    { app: 'web', unit: '1', release: 1, generation: 0 },
    {
      ...{ argv: ['bash', '-c', '(setsid sleep 1000 &); sleep 1000 & : >up; wait'], cwd: folder },
      ...{
        env: { PATH: process.env.PATH ?? '' },
        account: null,
        limits: NO_LIMITS,
        stdoutFd: fd,
        stderrFd: fd,
      },
    },
  );
  fs.closeSync(fd);
  await waitFor('it to be up', () => fs.existsSync(path.join(folder, 'up')));
  // The next agent.
  first.close();
  const next = new Runs(path.join(data, 'run'));
  onTestFinished(() => next.close());
  const [found] = await next.found();
  expect(found).toMatchObject({ run: { id: run.id, pid: run.pid }, exit: null });
  const exited = new Promise<RunExit>((resolve) => next.exits.watch(run, resolve));
  // The orphan in a session of its own is a child of the holder, which takes orphans in.
  expect(next.processes(run).list()).toHaveLength(3);
  await next.end(run, { stop: { signal: 'SIGTERM', graceMs: 30_000, to: null }, exited });
  expect(await exited).toMatchObject({ signal: 'SIGTERM' });
  expect(next.processes(run).list()).toEqual([]);
  next.forget(run.id);
  expect(await next.found()).toEqual([]);
});

test('a limit that the kernel refuses is an error, and leaves no holder waiting', async () => {
  const folder = temporaryFolder();
  const data = path.join(folder, 'data');
  fs.mkdirSync(data);
  onTestFinished(() => endRunsOf(data));
  const runs = new Runs(path.join(data, 'run'));
  onTestFinished(() => runs.close());
  await runs.contain();
  const fd = fs.openSync(path.join(folder, 'output'), 'a');
  const launched = runs.launch(
    { app: 'web', unit: '1', release: 1, generation: 0 },
    {
      ...{ argv: ['sleep', '1000'], cwd: folder, env: { PATH: process.env.PATH ?? '' }, account: null },
      ...{ limits: { ...NO_LIMITS, files: 2_000_000_000 }, stdoutFd: fd, stderrFd: fd },
    },
  );
  await expect(launched).rejects.toThrow(
    'web/1 could not be started: it could not enter its control group, or have its limits',
  );
  fs.closeSync(fd);
  expect(fs.readFileSync(path.join(folder, 'output'), 'utf8')).toContain('ulimit');
  await waitFor('its holder to be gone', () => groupOf(data)?.isPopulated() === false);
  expect(fs.readdirSync(runs.directory)).toEqual([]);
});

test('an agent that has no descriptor left refuses a start, sees what lives, and goes on', async () => {
  const folder = temporaryFolder();
  const data = path.join(folder, 'data');
  fs.mkdirSync(data);
  onTestFinished(() => endRunsOf(data));
  const program = path.join(import.meta.dirname, '../../fixtures/programs/launch-without-descriptors.ts');
  const { stdout } = await promisify(execFile)('sh', [
    '-c',
    'ulimit -n 64; exec "$@"',
    'sh',
    process.execPath,
    program,
    data,
  ]);
  expect(JSON.parse(stdout)).toEqual({
    failure: expect.stringContaining('web/1 could not be started'),
    ...{ seen: 1, isEmpty: false },
  });
});
