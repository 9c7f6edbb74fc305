import fs from 'node:fs';

/** Processes that run the program `exe` with `argument` among their arguments, by pid. */
export function pidsOf(exe: string, argument: string): number[] {
  return pidsWith(argument).filter((pid) => exeOf(pid) === exe);
}

/** Processes that have `argument` among their arguments and are not `exe` itself: what was put around it. */
export function pidsAround(exe: string, argument: string): number[] {
  return pidsWith(argument).filter((pid) => ![exe, null].includes(exeOf(pid)));
}

function pidsWith(argument: string): number[] {
  const pids = fs.readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.map(Number).filter((pid) => {
    try {
      return fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').includes(argument);
    } catch {
      return false;
    }
  });
}

function exeOf(pid: number): string | null {
  try {
    return fs.readlinkSync(`/proc/${pid}/exe`);
  } catch {
    return null;
  }
}

/** Resident memory, and what of it is the process's own (private), in MB. */
export function memoryOf(pid: number): { residentMb: number; ownMb: number } {
  const text = fs.readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
  const kb = (name: string) => Number(new RegExp(`^${name}: +(\\d+) kB`, 'm').exec(text)?.[1] ?? Number.NaN);
  return { residentMb: kb('Rss') / 1024, ownMb: (kb('Private_Clean') + kb('Private_Dirty')) / 1024 };
}

/** Time that all threads of a process have spent on a processor, in milliseconds. Finer than utime and stime. */
export function cpuMs(pid: number): number {
  const tasks = fs.readdirSync(`/proc/${pid}/task`);
  const ns = tasks.map((task) =>
    Number(fs.readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'utf8').split(' ')[0]),
  );
  return ns.reduce((sum, each) => sum + each, 0) / 1e6;
}
