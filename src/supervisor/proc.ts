import fs from 'node:fs';
import { withSpareDescriptor } from '../kernel/index.ts';

/** One line of /proc/<pid>/stat (proc(5)), as far as supervision needs it. */
export interface ProcessStat {
  pid: number;
  command: string;
  state: string;
  parentPid: number;
  groupId: number;
  sessionId: number;
  /** Clock ticks after boot at which the process started: with the pid and the boot id, its identity. */
  startTicks: number;
}

/** Changes with every boot of the kernel: pids and start times of an earlier boot mean nothing. */
export const bootId = fs.readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();

export function parseStat(line: string): ProcessStat | null {
  // The command stands in parentheses and may hold anything, parentheses and blanks too.
  const open = line.indexOf('(');
  const close = line.lastIndexOf(')');
  if (open < 0 || close < open) return null;
  const rest = line.slice(close + 2).split(' ');
  const pid = Number.parseInt(line, 10);
  const startTicks = Number(rest[19]);
  if (!Number.isInteger(pid) || !Number.isFinite(startTicks)) return null;
  return {
    pid,
    command: line.slice(open + 1, close),
    state: rest[0] ?? '',
    parentPid: Number(rest[1]),
    groupId: Number(rest[2]),
    sessionId: Number(rest[3]),
    startTicks,
  };
}

/** Reads `/proc/<pid>/stat`; null where there is no such process, or only its zombie is left. */
export function processStat(pid: number): ProcessStat | null {
  const line = read(`/proc/${pid}/stat`);
  const stat = line === null ? null : parseStat(line);
  return stat === null || stat.state === 'Z' || stat.state === 'X' ? null : stat;
}

/** Whether that very process is still there: a pid alone may be a stranger's by now. */
export function isAlive(process: { pid: number; startTicks: number }): boolean {
  return processStat(process.pid)?.startTicks === process.startTicks;
}

export function allProcesses(): ProcessStat[] {
  const found: ProcessStat[] = [];
  for (const name of fs.readdirSync('/proc')) {
    const first = name.charCodeAt(0);
    if (first < 48 || first > 57) continue;
    const stat = processStat(Number(name));
    if (stat) found.push(stat);
  }
  return found;
}

/**
 * Pids of a process's children, whichever of its threads has started them. Empty where the process is gone, and where the
 * kernel does not tell (CONFIG_PROC_CHILDREN, which Debian and Ubuntu have).
 */
export function childrenOf(pid: number): number[] {
  return threadsOf(pid).flatMap((thread) =>
    (read(`/proc/${pid}/task/${thread}/children`) ?? '').split(' ').filter(Boolean).map(Number),
  );
}

/** The user that a process runs as; null where it is gone. */
export function userOf(pid: number): number | null {
  const uid = /^Uid:\s+(\d+)/m.exec(read(`/proc/${pid}/status`) ?? '')?.[1];
  return uid === undefined ? null : Number(uid);
}

/** Tells the pid namespaces of a kernel apart; null where the process is gone, or is another user's. */
export function pidNamespaceOf(pid: number | 'self'): string | null {
  try {
    return fs.readlinkSync(`/proc/${pid}/ns/pid`);
  } catch {
    return null;
  }
}

function threadsOf(pid: number): string[] {
  try {
    return withSpareDescriptor(() => fs.readdirSync(`/proc/${pid}/task`));
  } catch {
    return [];
  }
}

function read(file: string): string | null {
  try {
    return withSpareDescriptor(() => fs.readFileSync(file, 'latin1'));
  } catch {
    return null;
  }
}

/** The arguments that a process runs with, its program first; null where it is gone. */
export function commandLine(pid: number): string[] | null {
  const text = read(`/proc/${pid}/cmdline`);
  return text === null || text === '' ? null : text.split('\0').slice(0, -1);
}
