import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, onTestFinished, test } from 'vitest';
import { RunProcesses } from '../../../src/supervisor/index.ts';
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

test('the main process of a run belongs to it, and a stranger with its pid does not', async () => {
  const stat = await sleeper();
  const pids = (main: { pid: number; startTicks: number } | null) =>
    new RunProcesses({ group: null, main, holder: null }).list().map(({ pid }) => pid);
  expect(pids(stat)).toEqual([stat.pid]);
  expect(pids({ ...stat, startTicks: stat.startTicks - 1 })).toEqual([]);
  expect(pids(null)).toEqual([]);
});

test('of a run of another boot nothing is found, whoever has its session by now', async () => {
  // A stranger that leads a session, and has left a child in it.
  const leader = spawn('sh', ['-c', 'sleep 1000 & echo $!'], {
    detached: true,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const [printed] = (await once(leader.stdout, 'data')) as [Buffer];
  const child = Number(String(printed));
  onTestFinished(() => void process.kill(child, 'SIGKILL'));
  const session = leader.pid ?? 0;
  expect(processStat(child)?.sessionId).toBe(session);
  const main = { pid: session, startTicks: -1 };
  expect(new RunProcesses({ group: null, main, holder: null }).list()).toEqual([]);
});
