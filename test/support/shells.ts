import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { errnoOf } from '../../src/kernel/index.ts';
import { allProcesses, type ProcessStat, processStat } from '../../src/supervisor/proc.ts';
import { groupOf } from './run-groups.ts';
import { PersonsTerminal, type TerminalOptions } from './terminal.ts';
import { SELDOM, waitFor } from './wait-for.ts';
import type { Workshop } from './workshop.ts';

export function openShell(
  workshop: Workshop,
  target: string,
  options: TerminalOptions = {},
): PersonsTerminal {
  return new PersonsTerminal(['shell', target, '--config', workshop.configFile], options);
}

/** What runs in shells of this agent. */
export function inShells(workshop: Workshop): ProcessStat[] {
  const groups = groupOf(workshop.data)?.children() ?? [];
  return groups
    .filter(({ name }) => name.startsWith('shell-'))
    .flatMap((group) => group.pids())
    .map(processStat)
    .filter((stat) => stat !== null);
}

/** The process that holds the shell: the parent of its first program, and not of one that this has begun. */
export function hostOf(workshop: Workshop): number {
  const all = inShells(workshop);
  const first = all.find(
    ({ command, parentPid }) => command === 'bash' && all.every(({ pid }) => pid !== parentPid),
  );
  if (!first) throw new Error('no shell is open');
  return first.parentPid;
}

/** A resize goes another way than what is typed, and may come after it. */
export async function untilSize(workshop: Workshop, columns: number, rows: number): Promise<void> {
  await waitFor(
    `a terminal of ${columns} columns and ${rows} rows`,
    () => {
      const [terminal = ''] = inShells(workshop).flatMap(({ pid }) =>
        descriptorsOf(pid).filter((to) => to.startsWith('/dev/pts/')),
      );
      const size = execFileSync('stty', ['-F', terminal, 'size'], { encoding: 'utf8', stdio: 'pipe' });
      return size === `${rows} ${columns}\n`;
    },
    SELDOM,
  );
}

/** Nothing that ran in a shell does any more, nor what held a shell. */
export async function untilNoShells(workshop: Workshop, hosts: number[] = []): Promise<void> {
  await waitFor(
    'the shells to have ended',
    () => {
      const left = [...inShells(workshop).map(({ pid }) => pid), ...hosts.filter(isThere)];
      if (left.length > 0) throw new Error(`there still are ${left.join(', ')}`);
      return true;
    },
    SELDOM,
  );
}

/** What the descriptors of a process lead to, less those that it closes meanwhile. */
export function descriptorsOf(pid: number): string[] {
  const folder = `/proc/${pid}/fd`;
  return fs.readdirSync(folder).flatMap((fd) => {
    try {
      return [fs.readlinkSync(path.join(folder, fd))];
    } catch (error) {
      if (errnoOf(error) === 'ENOENT') return [];
      throw error;
    }
  });
}

function isThere(pid: number): boolean {
  return allProcesses().some((stat) => stat.pid === pid);
}
