import fs from 'node:fs';
import path from 'node:path';
import { APPS_SCOPE, ControlGroup, dataFolderId } from '../../src/supervisor/cgroup/index.ts';
import { cgroupMount } from '../../src/supervisor/cgroup/mount.ts';
import {
  commandLine,
  isAlive,
  type ProcessStat,
  processStat,
  RunProcesses,
} from '../../src/supervisor/index.ts';
import { RunFolder } from '../../src/supervisor/run-folder.ts';
import { waitFor } from './wait-for.ts';

/** The control group of a data folder; null where it has none yet. */
export function groupOf(data: string): ControlGroup | null {
  const mount = cgroupMount();
  if (mount === null || !fs.existsSync(data)) return null;
  const id = dataFolderId(data);
  return (
    ['slipway', `slipway.slice/${APPS_SCOPE}`]
      .map((base) => new ControlGroup(path.join(mount, base, id)))
      .find((group) => group.exists()) ?? null
  );
}

/** Every process of the runs of a data folder, and of its shells, whatever became of the agent; holders are none. */
export function processesOf(data: string): ProcessStat[] {
  const groups = groupOf(data)?.children() ?? [];
  const inGroups = groups.filter(({ name }) => name !== 'holders').flatMap((group) => group.pids());
  const stats = inGroups
    .filter((pid) => !standsBy(pid))
    .map(processStat)
    .filter((stat) => stat !== null);
  return [...stats, ...processesOfRecords(data).filter(({ pid }) => !inGroups.includes(pid))];
}

/** Whether it only waits for the word to become an app. */
function standsBy(pid: number): boolean {
  // In the midst of an exec, which what stands by does three times, a process has no command line for a moment.
  for (let looks = 0; looks < 10_000 && processStat(pid) !== null; looks++) {
    const words = commandLine(pid);
    if (words !== null) return words.includes('slipway-holder');
  }
  return false;
}

/** Those that `Runs` without control groups has started. */
function processesOfRecords(data: string): ProcessStat[] {
  if (!fs.existsSync(path.join(data, 'run'))) return [];
  const folder = new RunFolder(path.join(data, 'run'));
  return folder.ids().flatMap((id) => {
    const recorded = folder.start(id);
    if (!recorded || !isAlive(recorded.run)) return [];
    return new RunProcesses({ group: null, main: recorded.run, holder: recorded.holder }).list();
  });
}

/** Ends all of them, and the holders: nothing is started from then on. The agent is gone already. */
export async function endRunsOf(data: string): Promise<void> {
  await waitFor('all processes and their holders to end', async () => {
    for (const { pid } of processesOf(data)) killIfThere(pid);
    const group = groupOf(data);
    group?.kill();
    await group?.untilEmpty();
    group?.remove();
    return processesOf(data).length === 0 && !group?.exists();
  });
}

function killIfThere(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended.
  }
}
