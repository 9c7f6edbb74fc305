import type { ControlGroup } from './control-group.ts';

/** What an instance may use; null is without a limit. */
export interface Limits {
  memoryBytes: number | null;
  /** A share of one core: 200 is two cores. */
  cpuPercent: number | null;
  /** Processes and threads. */
  tasks: number | null;
  /** Open files of each process. A limit of the process (setrlimit(2)), not of the group. */
  files: number | null;
}

export const NO_LIMITS: Limits = { memoryBytes: null, cpuPercent: null, tasks: null, files: null };

/** Controllers that limits, and figures, are read from. */
export const CONTROLLERS = ['memory', 'cpu', 'pids'] as const;
export type Controller = (typeof CONTROLLERS)[number];

const CPU_PERIOD_US = 100_000;

/** The controllers that these limits need. */
export function controllersOf({ memoryBytes, cpuPercent, tasks }: Limits): Controller[] {
  return CONTROLLERS.filter((name) => ({ memory: memoryBytes, cpu: cpuPercent, pids: tasks })[name] !== null);
}

/** Sets them before anything runs in the group. Those without their controller are left out; status and doctor tell of that. */
export function setLimits(group: ControlGroup, limits: Limits, available: ReadonlySet<Controller>): void {
  const { memoryBytes, cpuPercent, tasks } = limits;
  if (memoryBytes !== null && available.has('memory')) {
    group.write('memory.max', String(memoryBytes));
    // What it may not have in memory would go to the disk, and everything there wait.
    if (group.read('memory.swap.max') !== '') group.write('memory.swap.max', '0');
  }
  if (cpuPercent !== null && available.has('cpu'))
    group.write('cpu.max', `${Math.round((cpuPercent / 100) * CPU_PERIOD_US)} ${CPU_PERIOD_US}`);
  if (tasks !== null && available.has('pids')) group.write('pids.max', String(tasks));
}
