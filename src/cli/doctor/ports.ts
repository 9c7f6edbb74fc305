import fs from 'node:fs';

/** State TCP_LISTEN of the kernel's include/net/tcp_states.h. */
const LISTEN = '0A';

/** The TCP ports on which anything on this host listens, from /proc/net/tcp and tcp6 (proc_net_tcp). */
export function listeningPorts(): Set<number> {
  return new Set(['/proc/net/tcp', '/proc/net/tcp6'].flatMap((file) => portsOf(read(file))));
}

function portsOf(text: string): number[] {
  return text
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
    .filter((columns) => columns[3] === LISTEN)
    .map((columns) => Number.parseInt(columns[1]?.split(':').at(-1) ?? '', 16));
}

function read(file: string): string {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch {
    return ''; // a kernel without IPv6
  }
}
