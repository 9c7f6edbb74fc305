import path from 'node:path';
import { sleep } from '../kernel/index.ts';
import type { ControlGroup, ControlGroups } from './cgroup/index.ts';
import { HOLDER_NAME } from './holder.ts';
import {
  allProcesses,
  childrenOf,
  commandLine,
  isAlive,
  type ProcessStat,
  processStat,
  userOf,
} from './proc.ts';
import { parseRunId, type Run } from './run.ts';
import { type RecordedRun, type RunFolder } from './run-folder.ts';
import { type ProcessIdentity, RunProcesses } from './run-processes.ts';

interface Ground {
  folder: RunFolder;
  groups: ControlGroups | null;
  /** Whether this agent has started the run, or keeps a holder for it. */
  isOurs: (id: string) => boolean;
}

const SETTLE_MS = 500;

/** The runs that records and control groups tell of, those that have ended as well. Those that live have a group then. */
export async function findRuns(ground: Ground): Promise<RecordedRun[]> {
  const { folder, groups, isOurs } = ground;
  await holdersSettled(ground);
  const found = new Map<string, RecordedRun>();
  for (const id of folder.ids()) {
    const recorded = folder.start(id);
    if (recorded)
      found.set(id, { ...recorded, holder: recorded.holder ?? parentHolder(folder, recorded.run) });
  }
  // A full disk leaves no start file, but a group all the same.
  for (const group of groups?.all() ?? []) {
    if (found.has(group.name) || isOurs(group.name)) continue;
    const recorded = runOfGroup(ground, group);
    if (recorded) found.set(group.name, recorded);
  }
  if (!groups)
    for (const recorded of runsOfHolders(ground))
      if (!found.has(recorded.run.id)) found.set(recorded.run.id, recorded);
  if (groups) for (const recorded of found.values()) takeOver(groups, recorded);
  return [...found.values()];
}

/** The holder starts the app first, and takes orphans in later. */
export function oldest(stats: readonly (ProcessStat | null)[]): ProcessStat | null {
  return stats.reduce(
    (first, stat) => (stat && (!first || stat.startTicks < first.startTicks) ? stat : first),
    null,
  );
}

/** A run of a version before, or of an agent that could make no groups, gets one now, with all that belongs to it. */
function takeOver(groups: ControlGroups, { run, holder }: RecordedRun): void {
  const group = groups.group(run.id);
  if (!isAlive(run) || group.exists()) return;
  const processes = new RunProcesses({ group: null, main: run, holder });
  const taken = new Set<number>();
  try {
    group.make();
    // What is started meanwhile is started by one that was taken, or is found by the next look.
    for (let grew = true; grew; ) {
      const open = processes.list().filter(({ pid }) => !taken.has(pid));
      for (const { pid } of open) group.take(pid);
      for (const { pid } of open) taken.add(pid);
      grew = open.length > 0;
    }
    if (holder && isAlive(holder)) groups.holders.take(holder.pid);
  } catch {
    // What cannot be moved descends from the main process or the holder all the same.
  }
}

/** A holder that was started a moment before the agent died has not written its start file yet. */
async function holdersSettled(ground: Ground): Promise<void> {
  for (let waitMs = 1; waitMs < SETTLE_MS && holdersWithoutStart(ground) > 0; waitMs *= 2)
    await sleep(waitMs);
}

function holdersWithoutStart({ folder, groups, isOurs }: Ground): number {
  const ids = holderPids(groups).map((pid) => heldRun(folder, pid));
  return ids.filter((id) => id !== null && !isOurs(id) && !folder.hasStart(id)).length;
}

/** Where there are no groups, a full disk leaves holders alone to tell of their runs. */
function runsOfHolders({ folder, isOurs }: Ground): RecordedRun[] {
  return holderPids(null).flatMap((pid) => {
    const id = heldRun(folder, pid);
    const name = id === null ? null : parseRunId(id);
    const holder = processStat(pid);
    // What stands by to become the app tells of the same run.
    if (id === null || name === null || holder === null || isOurs(id)) return [];
    if (heldRun(folder, holder.parentPid) === id) return [];
    const main = oldest(childrenOf(pid).map(processStat));
    return main ? [{ run: folder.unrecorded(id, name, main), holder }] : [];
  });
}

function holderPids(groups: ControlGroups | null): number[] {
  if (groups) return groups.holders.pids();
  return allProcesses()
    .filter(({ command }) => ['sh', 'perl'].includes(command))
    .map(({ pid }) => pid);
}

function parentHolder(folder: RunFolder, run: Run): ProcessIdentity | null {
  const parent = isAlive(run) ? processStat(processStat(run.pid)?.parentPid ?? 0) : null;
  return parent && heldRun(folder, parent.pid) === run.id ? parent : null;
}

function runOfGroup({ folder, groups }: Ground, group: ControlGroup): RecordedRun | null {
  const name = parseRunId(group.name);
  if (!name) return null;
  const holder = groups?.holders
    .pids()
    .map(processStat)
    .find((stat) => stat && heldRun(folder, stat.pid) === group.name);
  const stats = group.pids().map(processStat);
  const main = oldest(stats.filter((stat) => stat?.parentPid === holder?.pid)) ?? oldest(stats);
  if (!main) return null;
  return { run: folder.unrecorded(group.name, name, main), holder: holder ?? null };
}

/** Id of the run that the process holds, or null. The command line of a process of the agent's own user alone is believed. */
function heldRun(folder: RunFolder, pid: number): string | null {
  if (userOf(pid) !== process.getuid?.()) return null;
  const words = commandLine(pid) ?? [];
  const runPath = words[words.indexOf(HOLDER_NAME) + 1] ?? '';
  return words.includes(HOLDER_NAME) && path.dirname(runPath) === folder.directory
    ? path.basename(runPath)
    : null;
}
