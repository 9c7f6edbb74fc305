import fs from 'node:fs';

/** State TCP_LISTEN of the kernel's include/net/tcp_states.h. */
const LISTEN = '0A';
/** About a line. Asked for more, the kernel goes through its whole table of connections to fill what it was given. */
const CHUNK_BYTES = 150;

export const SOCKET_FILES = ['/proc/net/tcp', '/proc/net/tcp6'];

/** Addresses by which a socket is reached on 127.0.0.1 or ::1, as the kernel prints them on either kind of machine. */
const LOOPBACK = [
  /^0+$/,
  /^(0100007F|7F000001)$/,
  /^0{24}(01000000|00000001)$/,
  /^0{16}(FFFF0000|0000FFFF)(0{8}|0100007F|7F000001)$/,
];

/** The TCP ports on which anything in the agent's network namespace listens (proc_net_tcp). */
export function listeningPorts(): Set<number> {
  const ports = new Set<number>();
  for (const { port } of allListeners()) ports.add(port);
  return ports;
}

/** Those of one file that are reached at the loopback. Nothing is read beyond what is asked for. */
export function* loopbackPorts(file: string): Generator<number> {
  for (const listener of listeners(chunksOf(file))) if (isAtLoopback(listener)) yield listener.port;
}

export interface Listener {
  address: string;
  port: number;
  /** Of its socket, by which a descriptor is known. */
  inode: string;
}

/** All that listen, whatever their address. */
export function* allListeners(): Generator<Listener> {
  for (const file of SOCKET_FILES) yield* listeners(chunksOf(file));
}

export function isAtLoopback({ address }: Listener): boolean {
  return LOOPBACK.some((pattern) => pattern.test(address));
}

/** The kernel lists those that listen first: what comes after them, a line for each connection, is not read. */
export function* listeners(chunks: Iterable<string>): Generator<Listener> {
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
      const [, local = '', , state, , , , , , inode = ''] = line.trim().split(/\s+/);
      if (state !== LISTEN) return;
      const [address = '', port = ''] = local.split(':');
      yield { address, port: Number.parseInt(port, 16), inode };
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
