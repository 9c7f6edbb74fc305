import fs from 'node:fs';
import path from 'node:path';
import { allProcesses, type ProcessStat, variableOf } from '../../src/supervisor/proc.ts';
import type { Workshop } from './agent.ts';
import { PersonsTerminal, type TerminalOptions } from './terminal.ts';
import { waitFor } from './wait-for.ts';

export function openShell(
  workshop: Workshop,
  target: string,
  options: TerminalOptions = {},
): PersonsTerminal {
  return new PersonsTerminal(['shell', target, '--config', workshop.configFile], options);
}

/** What runs in shells of this agent. */
export function inShells(workshop: Workshop): ProcessStat[] {
  const marker = path.join(workshop.data, 'run', 'shell-');
  return allProcesses().filter((stat) => variableOf(stat.pid, 'SLIPWAY_RUN')?.startsWith(marker));
}

/** Nothing that ran in a shell does any more, nor what held a shell. */
export async function untilNoShells(workshop: Workshop, hosts: number[] = []): Promise<void> {
  await waitFor('the shells to have ended', () => {
    const left = [...inShells(workshop).map(({ pid }) => pid), ...hosts.filter(isThere)];
    if (left.length > 0) throw new Error(`there still are ${left.join(', ')}`);
    return true;
  });
}

/** What the descriptors of a process lead to. */
export function descriptorsOf(pid: number): string[] {
  const folder = `/proc/${pid}/fd`;
  return fs.readdirSync(folder).map((fd) => fs.readlinkSync(path.join(folder, fd)));
}

function isThere(pid: number): boolean {
  return allProcesses().some((stat) => stat.pid === pid);
}
