import { type Clock, sleep } from '../kernel/index.ts';
import { allProcesses, childrenOf, hasVariable, isAlive, type ProcessStat, processStat } from './proc.ts';

/** Shared by all BEAM nodes of the host, though the first release started it: never ended, pins no release. */
const SHARED_DAEMONS = new Set(['epmd']);
const NO_PID = -1;
const FIRST_LOOK_MS = 2;
const MAX_LOOK_MS = 50;

/**
 * Everything that a run has started and that still lives: its main process, what bears its marker in the environment,
 * what is in the main process's session or group, and the children of those. A process group is not enough:
 * `erl_child_setup` and every port program of a BEAM have sessions of their own. Nor is the marker: what is just being
 * started, or becomes another program, has none to be read.
 */
export function processesOf(
  runPath: string,
  main: { pid: number; startTicks: number } | null,
): ProcessStat[] {
  const all = allProcesses();
  const found = new Map<number, ProcessStat>();
  // A stranger that has its pid by now, with children that are none of ours.
  const isStranger = (stat: ProcessStat) => stat.pid === main?.pid && stat.startTicks !== main.startTicks;
  const mainPid = all.some(isStranger) ? null : main?.pid;
  for (const stat of all) {
    const belongs =
      [stat.pid, stat.sessionId, stat.groupId].includes(mainPid ?? NO_PID) ||
      hasVariable(stat.pid, `SLIPWAY_RUN=${runPath}`);
    if (belongs) found.set(stat.pid, stat);
  }
  for (let grew = true; grew; ) {
    grew = false;
    for (const stat of all) {
      if (found.has(stat.pid) || !found.has(stat.parentPid)) continue;
      found.set(stat.pid, stat);
      grew = true;
    }
  }
  return [...found.values()].filter((stat) => !SHARED_DAEMONS.has(stat.command));
}

/**
 * A quick look, for the way from a crash to the restart: once the main process is dead, the roots of what it left are
 * in its group, or are children of whoever takes orphans in. May answer yes for nothing; never no for something that
 * bears the marker.
 */
export function mayHaveLeftOvers(runPath: string, mainPid: number): boolean {
  if (groupLives(mainPid)) return true;
  for (const pid of orphansTakers()) {
    const children = childrenOf(pid);
    if (children === null) return true;
    if (children.some((child) => hasVariable(child, `SLIPWAY_RUN=${runPath}`))) return true;
  }
  return false;
}

/**
 * Ends every process that `find` tells of: signal, grace, KILL, until two looks in a row find none. One is not enough: a
 * process that becomes another program has no environment for a moment, and one that forks and ends during a look is
 * missed with its child.
 */
export async function endProcesses(options: {
  find: () => ProcessStat[];
  signal: NodeJS.Signals;
  graceMs: number;
  clock: Clock;
}): Promise<void> {
  const { find, clock } = options;
  const deadline = clock.now() + options.graceMs;
  const signalled = new Set<string>();
  let waitMs = FIRST_LOOK_MS;
  let looksInVain = 0;
  for (;;) {
    const left = find();
    looksInVain = left.length === 0 ? looksInVain + 1 : 0;
    if (looksInVain === 2) return;
    const late = clock.now() >= deadline;
    for (const stat of left) {
      const key = `${stat.pid}:${stat.startTicks}`;
      if (late) send(stat, 'SIGKILL');
      else if (!signalled.has(key)) send(stat, options.signal);
      signalled.add(key);
    }
    await sleep(left.length === 0 ? FIRST_LOOK_MS : waitMs, { clock });
    waitMs = Math.min(waitMs * 2, MAX_LOOK_MS);
  }
}

/** Signals that very process, not one that has its pid by now. */
export function send(target: { pid: number; startTicks: number }, signal: NodeJS.Signals): void {
  if (!isAlive(target)) return;
  try {
    process.kill(target.pid, signal);
  } catch {
    // It ended in between.
  }
}

/** Signals the group of a main process that is known to live. */
export function sendToGroup(target: { pid: number; startTicks: number }, signal: NodeJS.Signals): void {
  if (!isAlive(target)) return;
  try {
    process.kill(-target.pid, signal);
  } catch {
    send(target, signal);
  }
}

function groupLives(groupId: number): boolean {
  try {
    process.kill(-groupId, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Orphans go to the nearest subreaper above their holder: an ancestor of the agent, at last process 1. */
function orphansTakers(): number[] {
  const takers = [1];
  for (let pid = process.ppid; pid > 1; ) {
    takers.push(pid);
    pid = processStat(pid)?.parentPid ?? 0;
  }
  return takers;
}
