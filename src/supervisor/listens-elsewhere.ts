import fs from 'node:fs';
import { allListeners, isAtLoopback, type Listener } from './listening.ts';

/** More descriptors than that are not looked through: an app may have any number of them. */
const MAX_DESCRIPTORS = 4096;
const PORTS_TOLD = 4;

/**
 * Where processes listen that do not answer on the port they were given, in words; empty where they listen nowhere. By the
 * sockets behind their descriptors (proc_pid_fd).
 */
export function listensElsewhere(pids: Iterable<number>, port: number): string {
  const sockets = new Map([...allListeners()].map((listener) => [listener.inode, listener]));
  const found = [...descriptorsOf(pids)].flatMap((target) => {
    const inode = /^socket:\[(\d+)\]$/.exec(target)?.[1];
    return inode === undefined ? [] : (sockets.get(inode) ?? []);
  });
  if (found.length === 0) return '';
  if (found.some((listener) => listener.port === port && !isAtLoopback(listener)))
    return `it listens on port ${port} of another address than 127.0.0.1 and ::1, where it is asked`;
  return found.some((listener) => listener.port === port) ? '' : `it listens on ${portsText(found)} instead`;
}

function portsText(found: readonly Listener[]): string {
  const ports = [...new Set(found.map(({ port }) => port))].sort((a, b) => a - b);
  const more = ports.length > PORTS_TOLD ? ' and others' : '';
  return `${ports.length === 1 ? 'port' : 'ports'} ${ports.slice(0, PORTS_TOLD).join(', ')}${more}`;
}

function* descriptorsOf(pids: Iterable<number>): Generator<string> {
  let left = MAX_DESCRIPTORS;
  for (const pid of pids) {
    const folder = `/proc/${pid}/fd`;
    for (const name of namesIn(folder)) {
      if (left-- === 0) return;
      try {
        yield fs.readlinkSync(`${folder}/${name}`);
      } catch {
        // It was closed meanwhile.
      }
    }
  }
}

function namesIn(folder: string): string[] {
  try {
    return fs.readdirSync(folder);
  } catch {
    // It has ended, or is another user's and the agent is not root.
    return [];
  }
}
