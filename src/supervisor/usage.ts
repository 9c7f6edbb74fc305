import fs from 'node:fs';
import type { Clock } from '../kernel/index.ts';
import { ageMs } from './age.ts';
import type { ControlGroup } from './cgroup/index.ts';
import type { Run } from './run.ts';
import type { RunProcesses } from './run-processes.ts';

/** What a run uses, with all that it has started. */
export interface Usage {
  /** The memory without what the kernel only keeps of files, and would give back. */
  memoryBytes: number;
  /** The share of one core since the last reading, or of its whole life. */
  cpuPercent: number;
  /** Processes of it that the kernel has killed for want of memory. */
  oomKills: number;
}

interface Reading {
  atMs: number;
  cpuMs: number;
  usage: Usage;
}

/** Two readings that are closer to each other say little. */
const LEAST_BETWEEN_MS = 1000;
const PAGE_BYTES = 4096;
const TICK_MS = 10;

/** Reads what runs use; remembers of each how much processor time it had used at the last reading. */
export class UsageMeter {
  private readonly readings = new Map<string, Reading>();

  /** The usage that was read in the last second; null where none was. */
  recent(run: Run, clock: Clock): Usage | null {
    const last = this.readings.get(run.id);
    return last && clock.monotonicMs() - last.atMs < LEAST_BETWEEN_MS ? last.usage : null;
  }

  read(run: Run, of: { group: ControlGroup | null; processes: RunProcesses; clock: Clock }): Usage {
    const pids = () => of.group?.pids() ?? of.processes.list().map(({ pid }) => pid);
    const cpuMs = cpuMsOf(of.group) ?? sum(pids().map(cpuMsOfProcess));
    const atMs = of.clock.monotonicMs();
    const usage = {
      memoryBytes: memoryOf(of.group) ?? sum(pids().map(residentOf)),
      cpuPercent: this.percent(run, { cpuMs, atMs }),
      oomKills: oomKillsOf(of.group),
    };
    this.readings.set(run.id, { atMs, cpuMs, usage });
    return usage;
  }

  forget(id: string): void {
    this.readings.delete(id);
  }

  private percent(run: Run, { cpuMs, atMs }: { cpuMs: number; atMs: number }): number {
    const last = this.readings.get(run.id);
    const usedMs = cpuMs - (last?.cpuMs ?? 0);
    const passedMs = last ? atMs - last.atMs : ageMs(run);
    return passedMs > 0 ? Math.max(0, Math.round((1000 * usedMs) / passedMs) / 10) : 0;
  }
}

/** Documentation/admin-guide/cgroup-v2.rst, "memory.events": those of groups below it are counted, too. */
export function oomKillsOf(group: ControlGroup | null): number {
  return fieldOf(group?.read('memory.events'), 'oom_kill') ?? 0;
}

function memoryOf(group: ControlGroup | null): number | null {
  const current = group?.read('memory.current') ?? '';
  if (current === '') return null;
  return Math.max(0, Number(current) - (fieldOf(group?.read('memory.stat'), 'inactive_file') ?? 0));
}

/** Every group has this file, with the controller or without. */
function cpuMsOf(group: ControlGroup | null): number | null {
  const usec = fieldOf(group?.read('cpu.stat'), 'usage_usec');
  return usec === null ? null : usec / 1000;
}

function fieldOf(text: string | undefined, name: string): number | null {
  const found = text?.split('\n').find((line) => line.startsWith(`${name} `));
  return found === undefined ? null : Number(found.slice(name.length + 1));
}

/** What several share is counted for each: without the controller nobody has counted it. */
function residentOf(pid: number): number {
  const [, resident] = readOr(`/proc/${pid}/statm`).split(' ');
  return Number(resident ?? 0) * PAGE_BYTES;
}

/** utime and stime: fields 14 and 15 of proc(5), stat; the command before them may hold blanks. */
function cpuMsOfProcess(pid: number): number {
  const fields = readOr(`/proc/${pid}/stat`).split(') ').at(-1)?.split(' ') ?? [];
  return (Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) * TICK_MS;
}

function readOr(file: string): string {
  try {
    return fs.readFileSync(file, 'latin1');
  } catch {
    return '';
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}
