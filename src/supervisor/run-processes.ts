import fs from 'node:fs';
import { type Clock, sleep } from '../kernel/index.ts';
import type { ControlGroup } from './cgroup/index.ts';
import { allProcesses, childrenOf, isAlive, type ProcessStat, processStat } from './proc.ts';

/** A process that nothing else can be taken for. */
export interface ProcessIdentity {
  pid: number;
  startTicks: number;
}

const FIRST_LOOK_MS = 2;
const MAX_LOOK_MS = 50;

/**
 * Everything that a run has started and that still lives: what is in its control group, and whatever descends from it or
 * from its holder, wherever it was moved to (`su -` moves its shell into a session of its own). A holder takes in the
 * orphans of its run, so they descend from it still. Without a control group the session and the process group of the
 * main process are looked at as well; what has left those, and outlives its parent and the holder, is lost from sight.
 */
export class RunProcesses {
  private readonly group: ControlGroup | null;
  private readonly main: ProcessIdentity | null;
  private readonly holder: ProcessIdentity | null;

  constructor(known: {
    group: ControlGroup | null;
    main: ProcessIdentity | null;
    holder: ProcessIdentity | null;
  }) {
    this.group = known.group;
    this.main = known.main;
    this.holder = known.holder;
  }

  list(): ProcessStat[] {
    const found = new Map<number, ProcessStat>();
    const open = this.roots();
    for (let pid = open.pop(); pid !== undefined; pid = open.pop()) {
      if (found.has(pid) || pid === this.holder?.pid) continue;
      const stat = processStat(pid);
      if (stat) found.set(pid, stat);
      // The children of one that ends at this moment are asked for all the same.
      open.push(...childrenOf(pid));
    }
    return [...found.values()];
  }

  /** May answer no for a moment where a process is just being moved; never for one that is in the group. */
  isEmpty(): boolean {
    if (this.group?.isPopulated()) return false;
    if (this.group !== null && this.main === null && this.holder === null) return true;
    return this.list().length === 0;
  }

  /** Resolves when nothing is left; rejects with the signal's reason. */
  async untilEmpty({ clock, signal }: { clock: Clock; signal: AbortSignal }): Promise<void> {
    let waitMs = FIRST_LOOK_MS;
    let looksInVain = 0;
    for (;;) {
      signal.throwIfAborted();
      await this.group?.untilEmpty(signal);
      looksInVain = this.list().length === 0 ? looksInVain + 1 : 0;
      // A group says for certain that it is empty. A look at the processes misses one that forks and ends meanwhile.
      if (looksInVain === (this.group === null ? 2 : 1)) return;
      await sleep(waitMs, { clock, signal });
      waitMs = Math.min(waitMs * 2, MAX_LOOK_MS);
    }
  }

  /** SIGKILL to all of it. What was moved out of the group is brought back first, so that nothing forks away from it. */
  kill(): void {
    const all = this.list();
    if (this.group === null) {
      for (const stat of all) send(stat, 'SIGKILL');
      return;
    }
    const inside = new Set(this.group.pids());
    const outside = all.filter(({ pid }) => !inside.has(pid));
    for (const stat of outside) {
      if (isAlive(stat) && !takeInto(this.group, stat.pid)) send(stat, 'SIGKILL');
    }
    this.group.kill();
  }

  private roots(): number[] {
    const roots = this.group?.pids() ?? [];
    if (this.main && isAlive(this.main)) roots.push(this.main.pid);
    if (this.holder && isAlive(this.holder)) roots.push(...childrenOf(this.holder.pid));
    return this.group === null && this.main ? [...roots, ...sessionOf(this.main)] : roots;
  }
}

/** False where it cannot be moved: the group is gone, or the process is of a thread that may not move. */
function takeInto(group: ControlGroup, pid: number): boolean {
  try {
    return group.take(pid);
  } catch {
    return false;
  }
}

/** What is in the session, or the process group, that the main process leads: neither is given away while one is in it. */
function sessionOf(main: ProcessIdentity): number[] {
  // It is of another boot, or of another pid namespace: nothing here is its.
  if (main.startTicks < 0) return [];
  const all = allProcesses();
  // A stranger that has its pid by now leads a session that is none of ours.
  if (all.some(({ pid, startTicks }) => pid === main.pid && startTicks !== main.startTicks)) return [];
  return all
    .filter(({ sessionId, groupId }) => [sessionId, groupId].includes(main.pid))
    .filter(({ startTicks }) => startTicks >= main.startTicks)
    .map(({ pid }) => pid);
}

/** Signals that very process, not one that has its pid by now. */
export function send(target: ProcessIdentity, signal: NodeJS.Signals): void {
  if (!isAlive(target)) return;
  try {
    process.kill(target.pid, signal);
  } catch {
    // It ended in between.
  }
}

const SHELLS = new Set([
  ...['sh', 'dash', 'bash', 'rbash', 'ash', 'busybox', 'zsh', 'ksh', 'ksh93', 'mksh', 'lksh', 'oksh', 'yash'],
  ...['fish', 'tcsh', 'csh'],
]);

/** Whether the process runs a shell, by the file that is executed: shells wait for what they run, and forward nothing. */
export function isShell(pid: number): boolean {
  try {
    const file = fs.readlinkSync(`/proc/${pid}/exe`).replace(/ \(deleted\)$/, '');
    return SHELLS.has(file.slice(file.lastIndexOf('/') + 1));
  } catch {
    return false;
  }
}
