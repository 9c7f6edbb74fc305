import fs from 'node:fs';

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

/** Null where there is no such process, or only its zombie is left. */
export function processStat(pid: number): ProcessStat | null {
  const line = read(`/proc/${pid}/stat`);
  const stat = line === null ? null : parseStat(line);
  return stat === null || stat.state === 'Z' || stat.state === 'X' ? null : stat;
}

/** Whether that very process is still there: a pid alone may be a stranger's by now. */
export function isAlive(process: { pid: number; startTicks: number }): boolean {
  return processStat(process.pid)?.startTicks === process.startTicks;
}

/** Whether the process was started with this variable. False where its environment may not be read. */
export function hasVariable(pid: number, assignment: string): boolean {
  const environment = read(`/proc/${pid}/environ`);
  return environment !== null && `\0${environment}`.includes(`\0${assignment}\0`);
}

/** The value of a variable in the environment that the process was started with. */
export function variableOf(pid: number, name: string): string | null {
  const environment = read(`/proc/${pid}/environ`);
  const found = environment?.split('\0').find((assignment) => assignment.startsWith(`${name}=`));
  return found === undefined ? null : found.slice(name.length + 1);
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

/** Pids of a process's children; null where the kernel does not tell (CONFIG_PROC_CHILDREN). */
export function childrenOf(pid: number): number[] | null {
  const text = read(`/proc/${pid}/task/${pid}/children`);
  return text === null ? null : text.split(' ').filter(Boolean).map(Number);
}

function read(file: string): string | null {
  try {
    return fs.readFileSync(file, 'latin1');
  } catch {
    return null;
  }
}

/** The arguments that a process runs with, its program first; null where it is gone. */
export function commandLine(pid: number): string[] | null {
  const text = read(`/proc/${pid}/cmdline`);
  return text === null || text === '' ? null : text.split('\0').slice(0, -1);
}
