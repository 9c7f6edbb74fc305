import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../../../src/kernel/index.ts';
import { endProcesses, isAlive, processesOf } from '../../../src/supervisor/index.ts';
import { type ProcessStat, processStat } from '../../../src/supervisor/proc.ts';

/** A process that is ended with the test. */
async function sleeper(): Promise<ProcessStat> {
  const child = spawn('sleep', ['1000'], { stdio: 'ignore' });
  onTestFinished(() => void child.kill('SIGKILL'));
  await once(child, 'spawn');
  const stat = processStat(child.pid ?? 0);
  if (!stat) throw new Error('it has ended already');
  return stat;
}

test('a process that one look misses, as one that is becoming another program, is ended by the next', async () => {
  const stat = await sleeper();
  let looks = 0;
  // Missed by the first look, and once more between two others.
  const find = () => ([0, 2].includes(looks++) || !isAlive(stat) ? [] : [stat]);
  await endProcesses({ find, signal: 'SIGTERM', graceMs: 60_000, clock: systemClock });
  expect(isAlive(stat)).toBe(false);
});

test('where nothing is left two looks are enough', async () => {
  let looks = 0;
  const find = () => {
    looks++;
    return [];
  };
  await endProcesses({ find, signal: 'SIGTERM', graceMs: 60_000, clock: systemClock });
  expect(looks).toBe(2);
});

test('the main process of a run belongs to it before its environment can be read, and a stranger with its pid does not', async () => {
  const stat = await sleeper();
  const pids = (main: { pid: number; startTicks: number } | null) =>
    processesOf('/no/run/of/this/host', main).map(({ pid }) => pid);
  expect(pids(stat)).toEqual([stat.pid]);
  expect(pids({ ...stat, startTicks: stat.startTicks - 1 })).toEqual([]);
  expect(pids(null)).toEqual([]);
});
