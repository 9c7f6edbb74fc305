import type net from 'node:net';
import os from 'node:os';
import { madeOnce } from './made-once.ts';

/*
 * What Node does not have of Unix sockets: datagrams, and who is at the other end. These are calls of the C library, with the numbers
 * that Linux has for them on x86-64 and arm64 alike. Loaded where it is used: 8 MB.
 */
const AF_UNIX = 1;
const SOCK_DGRAM = 2;
const SOCK_NONBLOCK = 0o4000;
const SOCK_CLOEXEC = 0o2000000;
const MSG_DONTWAIT = 0x40;
const MSG_NOSIGNAL = 0x4000;
const SOL_SOCKET = 1;
const SO_PEERCRED = 17;
const SIOCOUTQ = 0x5411;
/** `struct sockaddr_un`: two bytes, and the path with its NUL. */
const ADDRESS_BYTES = 110;

type Call = (...args: (number | Buffer)[]) => number;

const libc = madeOnce(async () => {
  const { default: koffi } = await import('koffi');
  const library = koffi.load(null);
  const func = (declared: string) => library.func(declared) as unknown as (...args: unknown[]) => unknown;
  return {
    errno: () => koffi.errno(),
    socket: func('int socket(int, int, int)') as Call,
    connect: func('int connect(int, const void *, uint32_t)') as Call,
    // It may be as many bytes as a datagram: a number that is exact.
    send: func('int64_t send(int, const void *, size_t, int)') as Call,
    close: func('int close(int)') as Call,
    ioctl: func('int ioctl(int, unsigned long, _Out_ void *)') as Call,
    peer: func('int getsockopt(int, int, int, _Out_ void *, _Inout_ void *)') as Call,
  };
});

/** A socket that sends datagrams to another one on this host, which a path names. */
export interface UnixDatagram extends Disposable {
  /** Hands over one datagram; false where the other end has no room now. @throws Error with the errno as `code` */
  send(bytes: Buffer): boolean;
}

/** @throws Error with the errno as `code`: ENOENT, ECONNREFUSED, EACCES, EPROTOTYPE where it is no socket of datagrams */
export async function openUnixDatagram(path: string): Promise<UnixDatagram> {
  const { errno, socket, connect, send, close } = await libc();
  const address = Buffer.alloc(ADDRESS_BYTES);
  const length = Buffer.byteLength(path);
  if (length > ADDRESS_BYTES - 3) throw new Error(`the path of a socket has 107 bytes at most: ${path}`);
  address.writeUInt16LE(AF_UNIX);
  address.write(path, 2);
  const fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) throw failed('socket', errno());
  if (connect(fd, address, length + 3) < 0) {
    const number = errno();
    close(fd);
    throw failed('connect', number);
  }
  return {
    send(bytes) {
      if (send(fd, bytes, bytes.length, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0) return true;
      const number = errno();
      const { EAGAIN, ENOBUFS } = os.constants.errno;
      if (number === EAGAIN || number === ENOBUFS) return false;
      throw failed('send', number);
    },
    [Symbol.dispose]() {
      close(fd);
    },
  };
}

/**
 * How many bytes that were written to a socket the host at its other end has not confirmed yet; null where it is closed.
 */
export async function unconfirmedBytes(): Promise<(socket: net.Socket) => number | null> {
  const { ioctl } = await libc();
  const count = Buffer.alloc(4);
  return (socket) => (ioctl(fdOf(socket), SIOCOUTQ, count) < 0 ? null : count.readInt32LE());
}

/** Who has opened the other end of a Unix socket, as the kernel has noted it then. */
export async function peerOf(socket: net.Socket): Promise<{ pid: number; uid: number; gid: number }> {
  const { errno, peer } = await libc();
  const credentials = Buffer.alloc(12);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(credentials.length);
  if (peer(fdOf(socket), SOL_SOCKET, SO_PEERCRED, credentials, length) < 0)
    throw failed('getsockopt', errno());
  const [pid, uid, gid] = [0, 4, 8].map((at) => credentials.readUInt32LE(at)) as [number, number, number];
  return { pid, uid, gid };
}

function fdOf(socket: net.Socket): number {
  return (socket as unknown as { _handle: { fd: number } | null })._handle?.fd ?? -1;
}

function failed(call: string, number: number): Error {
  const code =
    Object.entries(os.constants.errno).find(([, value]) => value === number)?.[0] ?? String(number);
  return Object.assign(new Error(`${call} failed: ${code}`), { code });
}
