import fs from 'node:fs';

/** State TCP_LISTEN of the kernel's include/net/tcp_states.h. */
const LISTEN = '0A';
const CHUNK_BYTES = 64 * 1024;

/** Addresses by which a socket is reached on 127.0.0.1 or ::1, as the kernel prints them on either kind of machine. */
const LOOPBACK = [
  /^0+$/,
  /^(0100007F|7F000001)$/,
  /^0{24}(01000000|00000001)$/,
  /^0{16}(FFFF0000|0000FFFF)(0{8}|0100007F|7F000001)$/,
];

/**
 * The TCP ports on which anything in the agent's network namespace listens, from /proc/net/tcp and tcp6 (proc_net_tcp).
 * `loopback`: only those that are reached there.
 */
export function listeningPorts(reach: 'any' | 'loopback'): Set<number> {
  const ports = new Set<number>();
  for (const file of ['/proc/net/tcp', '/proc/net/tcp6'])
    for (const { address, port } of listeners(chunksOf(file)))
      if (reach === 'any' || LOOPBACK.some((pattern) => pattern.test(address))) ports.add(port);
  return ports;
}

/** The kernel lists those that listen first: what comes after them, a line for each connection, is not read. */
export function* listeners(chunks: Iterable<string>): Generator<{ address: string; port: number }> {
  let rest = '';
  let isHead = true;
  for (const chunk of chunks) {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      if (isHead) {
        isHead = false;
        continue;
      }
      const [, local = '', , state] = line.trim().split(/\s+/);
      if (state !== LISTEN) return;
      const [address = '', port = ''] = local.split(':');
      yield { address, port: Number.parseInt(port, 16) };
    }
  }
}

function* chunksOf(file: string): Generator<string> {
  let fd: number | null = null;
  try {
    fd = fs.openSync(file, 'r');
    const buffer = Buffer.allocUnsafe(CHUNK_BYTES);
    for (;;) {
      const length = fs.readSync(fd, buffer);
      if (length === 0) return;
      yield buffer.toString('latin1', 0, length);
    }
  } catch {
    // A kernel without IPv6; or no descriptor is left, and what is missed here is asked by a connection.
  } finally {
    if (fd !== null) fs.closeSync(fd);
  }
}
