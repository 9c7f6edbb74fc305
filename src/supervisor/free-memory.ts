import fs from 'node:fs';
import path from 'node:path';
import { cgroupMount, groupPathOf } from './cgroup/index.ts';

/** Memory that another process could have: of the host, and below the limits that the agent's control groups have. */
export function freeMemoryBytes(): number {
  return Math.min(availableBytes(), ...limitsLeft());
}

/** proc(5), meminfo: "An estimate of how much memory is available for starting new applications". */
function availableBytes(): number {
  const found = /^MemAvailable:\s+(\d+) kB$/m.exec(fs.readFileSync('/proc/meminfo', 'utf8'));
  return found ? Number(found[1]) * 1024 : Number.POSITIVE_INFINITY;
}

/** What each group above has left; what the kernel only keeps of files it would give back. */
function limitsLeft(): number[] {
  const mount = cgroupMount();
  const left: number[] = [];
  for (let group = groupPathOf(process.pid); mount !== null && group !== null; ) {
    const directory = path.join(mount, group);
    const max = numberIn(path.join(directory, 'memory.max'));
    const used = numberIn(path.join(directory, 'memory.current'));
    if (max !== null && used !== null) left.push(Math.max(0, max - used + inactiveFiles(directory)));
    group = group === '/' ? null : path.dirname(group);
  }
  return left;
}

/** Null: `max`, or there is no such file. */
function numberIn(file: string): number | null {
  const text = readOr(file).trim();
  return /^\d+$/.test(text) ? Number(text) : null;
}

function inactiveFiles(directory: string): number {
  return Number(/^inactive_file (\d+)$/m.exec(readOr(path.join(directory, 'memory.stat')))?.[1] ?? 0);
}

function readOr(file: string): string {
  try {
    return fs.readFileSync(file, 'latin1');
  } catch {
    return '';
  }
}
