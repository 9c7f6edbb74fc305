import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../../../src/kernel/index.ts';
import { ControlGroup, dataFolderId, NO_LIMITS, setLimits } from '../../../src/supervisor/cgroup/index.ts';
import { cgroupMount } from '../../../src/supervisor/cgroup/mount.ts';
import { inGroup, isAlive, processStat, RunProcesses } from '../../../src/supervisor/index.ts';
import { temporaryFolder } from '../../support/temporary.ts';
import { waitFor } from '../../support/wait-for.ts';

function madeGroup(): ControlGroup {
  const group = new ControlGroup(
    path.join(cgroupMount() ?? '', 'slipway', `test-${process.pid}-${Math.random()}`),
  );
  group.make();
  onTestFinished(async () => {
    group.kill();
    await group.untilEmpty();
    group.remove();
  });
  return group;
}

async function inside(group: ControlGroup, script: string): Promise<ChildProcess> {
  const [file = '', ...args] = inGroup(['bash', '-c', script], group);
  const child = spawn(file, args, { stdio: 'ignore', detached: true });
  await waitFor('it to be in the group', () => group.pids().includes(child.pid ?? 0));
  return child;
}

test('where the hierarchy is mounted is found in any layout; one that is read-only is none', () => {
  const line = (directory: string, options: string) =>
    `30 24 0:26 / ${directory} ${options} shared:9 - cgroup2 cgroup2 rw`;
  expect(cgroupMount(line('/sys/fs/cgroup', 'rw,nosuid'))).toBe('/sys/fs/cgroup');
  expect(
    cgroupMount(`31 24 0:27 / /sys/fs/cgroup rw - tmpfs tmpfs rw\n${line('/sys/fs/cgroup/unified', 'rw')}`),
  ).toBe('/sys/fs/cgroup/unified');
  expect(cgroupMount(line('/sys/fs/cgroup', 'ro,nosuid'))).toBeNull();
  expect(cgroupMount('31 24 0:27 / /sys/fs/cgroup rw - cgroup cgroup rw,memory')).toBeNull();
});

test('the end of the last process is told, and a killed group is empty with all its forks', async () => {
  const group = madeGroup();
  const child = await inside(group, 'sleep 0.05 & wait');
  await group.untilEmpty();
  expect(group.pids()).toEqual([]);
  expect(child.exitCode ?? (await once(child, 'exit'))[0]).toBe(0);
  await inside(group, 'trap "" TERM HUP; while :; do (setsid sleep 0.01 &); done');
  group.kill();
  await group.untilEmpty();
  group.remove();
  expect(group.exists()).toBe(false);
});

test('a kernel without cgroup.kill is done with signals, again and again until nothing is left', async () => {
  const real = madeGroup();
  // What such a kernel shows of the group: its processes, and no file to kill them with.
  const old = new (class extends ControlGroup {
    override pids() {
      return real.pids();
    }
    override isPopulated() {
      return real.isPopulated();
    }
  })(temporaryFolder());
  await inside(real, 'for i in 1 2 3; do (while :; do sleep 0.01; done) & done; wait');
  expect(fs.existsSync(path.join(old.directory, 'cgroup.kill'))).toBe(false);
  const processes = new RunProcesses({ group: old, main: null, holder: null });
  await waitFor('all of them to be gone', async () => {
    processes.kill();
    return !real.isPopulated();
  });
  await processes.untilEmpty({ clock: systemClock, signal: new AbortController().signal });
});

test('what was moved out of the group is found by its parent, and killed with it', async () => {
  const group = madeGroup();
  const child = await inside(group, 'sleep 1000 & wait');
  const main = processStat(child.pid ?? 0);
  const moved = await waitFor('its child', () =>
    group.pids().find((pid) => processStat(pid)?.command === 'sleep'),
  );
  const stat = processStat(moved);
  // As pam_systemd moves the shell of `su -`.
  new ControlGroup(path.dirname(group.directory)).take(moved);
  expect(group.pids()).toEqual([child.pid]);
  const processes = new RunProcesses({ group, main, holder: null });
  expect(new Set(processes.list().map(({ pid }) => pid))).toEqual(new Set([child.pid, moved]));
  processes.kill();
  await processes.untilEmpty({ clock: systemClock, signal: new AbortController().signal });
  expect(stat && isAlive(stat)).toBe(false);
});

test('limits are written as the kernel reads them, those without their controller are left out', () => {
  const directory = temporaryFolder();
  const group = new ControlGroup(directory);
  const limits = { memoryBytes: 512 * 1024 ** 2, cpuPercent: 150, tasks: 500, files: 1024 };
  setLimits(group, limits, new Set(['memory', 'cpu', 'pids']));
  const read = (file: string) => fs.readFileSync(path.join(directory, file), 'utf8');
  expect([read('memory.max'), read('cpu.max'), read('pids.max')]).toEqual([
    '536870912',
    '150000 100000',
    '500',
  ]);
  const without = new ControlGroup(temporaryFolder());
  setLimits(without, limits, new Set(['pids']));
  expect(fs.readdirSync(without.directory)).toEqual(['pids.max']);
  setLimits(without, NO_LIMITS, new Set(['memory', 'cpu', 'pids']));
  expect(fs.readdirSync(without.directory)).toEqual(['pids.max']);
});

test('a data folder has an id of its own, which a copy of it has not', () => {
  const folder = temporaryFolder();
  const [first, copy] = [path.join(folder, 'first'), path.join(folder, 'copy')];
  fs.mkdirSync(first);
  const id = dataFolderId(first);
  expect(dataFolderId(first)).toBe(id);
  fs.cpSync(first, copy, { recursive: true });
  expect(fs.readFileSync(path.join(copy, 'id'))).toEqual(fs.readFileSync(path.join(first, 'id')));
  expect(dataFolderId(copy)).not.toBe(id);
  fs.renameSync(first, path.join(folder, 'moved'));
  expect(dataFolderId(path.join(folder, 'moved'))).toBe(id);
});
