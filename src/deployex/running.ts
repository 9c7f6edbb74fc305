import fs from 'node:fs';
import path from 'node:path';
import { allProcesses, type ProcessStat } from '../supervisor/index.ts';
import type { DeployexApp } from './found.ts';

/** A process that DeployEx keeps running. */
export interface RunningInstance {
  app: string;
  instance: number;
  pid: number;
  startTicks: number;
  /** The program that DeployEx has started it through, which ends what it has started when its VM ends. */
  starter: number;
}

export interface Running {
  instances: RunningInstance[];
  /** Why some run that cannot be taken over without a restart; null where all can. */
  why: string | null;
}

/**
 * The instances that run below DeployEx's VM and can be taken over as they are. Nothing is believed that they say: it is the
 * kernel that tells whose children they are, which program they run, and which port they listen on.
 */
export function findRunning(
  app: DeployexApp,
  { dataFolder, mainPid }: { dataFolder: string; mainPid: number },
): Running {
  const processes = new Map(allProcesses().map((stat) => [stat.pid, stat]));
  const place = path.join(dataFolder, 'service', app.name);
  const instances: RunningInstance[] = [];
  let others = 0;
  for (const stat of processes.values()) {
    const way = wayUp(stat, processes);
    if (!way.includes(mainPid)) continue;
    const program = programOf(stat.pid);
    if (path.basename(program) !== 'beam.smp' || !program.startsWith(`${place}/`)) continue;
    const [folder = '', current] = path.relative(place, program).split('/');
    const instance = Number(folder);
    const starter = starterOf(way, mainPid, processes);
    const port = app.port === null ? null : app.port + instance - 1;
    const isAsOurs =
      /^[1-9]\d*$/.test(folder) && current === 'current' && instance <= app.replicas && starter !== null;
    if (isAsOurs && port !== null && listens(stat.pid, port))
      instances.push({ app: app.name, instance, pid: stat.pid, startTicks: stat.startTicks, starter });
    else others++;
  }
  const missing = app.replicas - instances.length;
  const why =
    others > 0
      ? `${others} run under names or ports that are not those of Slipway (${app.name}-1 at ${app.port}, and so on)`
      : missing > 0
        ? `${missing} of ${app.replicas} do not run`
        : null;
  return { instances, why };
}

/** Its parent, the parent of that, and so on. */
function wayUp(stat: ProcessStat, processes: ReadonlyMap<number, ProcessStat>): number[] {
  const way: number[] = [];
  for (let at = stat.parentPid; at > 1 && !way.includes(at); at = processes.get(at)?.parentPid ?? 0)
    way.push(at);
  return way;
}

/** The last of them before the VM, or before what the VM starts its ports by. */
function starterOf(
  way: number[],
  mainPid: number,
  processes: ReadonlyMap<number, ProcessStat>,
): number | null {
  const below = way.slice(0, way.indexOf(mainPid));
  const forker = below.at(-1);
  const isForker = forker !== undefined && processes.get(forker)?.command.startsWith('erl_child_setup');
  return (isForker ? below.at(-2) : forker) ?? null;
}

function programOf(pid: number): string {
  try {
    return fs.readlinkSync(`/proc/${pid}/exe`);
  } catch {
    return '';
  }
}

/** Whether a socket of this very process listens there. */
function listens(pid: number, port: number): boolean {
  const own = socketsOf(pid);
  return ['tcp', 'tcp6'].some((family) =>
    linesOf(`/proc/${pid}/net/${family}`).some((line) => {
      const fields = line.trim().split(/\s+/);
      const isPort = Number.parseInt(fields[1]?.split(':').at(-1) ?? '', 16) === port;
      return isPort && fields[3] === LISTEN && own.has(fields[9] ?? '');
    }),
  );
}

/** TCP_LISTEN of include/net/tcp_states.h. */
const LISTEN = '0A';

function socketsOf(pid: number): Set<string> {
  const found = new Set<string>();
  try {
    for (const fd of fs.readdirSync(`/proc/${pid}/fd`)) {
      const inode = /^socket:\[(\d+)\]$/.exec(fs.readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1];
      if (inode !== undefined) found.add(inode);
    }
  } catch {
    // It has ended, or closed one meanwhile.
  }
  return found;
}

function linesOf(file: string): string[] {
  try {
    return fs.readFileSync(file, 'latin1').split('\n');
  } catch {
    return [];
  }
}
