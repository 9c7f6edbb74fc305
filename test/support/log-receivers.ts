import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import net from 'node:net';
import tls from 'node:tls';
import { onTestFinished } from 'vitest';
import { waitFor } from './wait-for.ts';

export interface Receiver {
  port: number;
  /** Messages in the order in which they came, without their lengths. */
  messages: string[];
  close(): Promise<void>;
}

/** A server of syslog that reads messages with their octets counted. `identity`: over TLS. `isDeaf`: it reads nothing. */
export async function syslogServer(
  options: { port?: number; identity?: { cert: string; key: string }; isDeaf?: boolean } = {},
): Promise<Receiver> {
  const { port = 0, identity, isDeaf = false } = options;
  const messages: string[] = [];
  const sockets = new Set<net.Socket>();
  const take = (socket: net.Socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    if (isDeaf) return socket.pause();
    let rest = Buffer.alloc(0);
    return socket.on('data', (bytes: Buffer) => {
      rest = Buffer.concat([rest, bytes]);
      for (let space = rest.indexOf(' '); space > 0; space = rest.indexOf(' ')) {
        const length = Number(rest.toString('latin1', 0, space));
        if (!Number.isInteger(length)) throw new Error(`no length: ${rest.toString('latin1', 0, space)}`);
        if (rest.length < space + 1 + length) break;
        messages.push(rest.toString('utf8', space + 1, space + 1 + length));
        rest = rest.subarray(space + 1 + length);
      }
    });
  };
  const server = identity
    ? tls.createServer({ cert: fs.readFileSync(identity.cert), key: fs.readFileSync(identity.key) }, take)
    : net.createServer(take);
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const close = async () => {
    for (const socket of sockets) socket.destroy();
    server.close();
    await once(server, 'close').catch(() => undefined);
  };
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { port: (server.address() as net.AddressInfo).port, messages, close };
}

/** A socket of datagrams, as that of journald is; Node has none, so it is Perl's. Gives the messages that came. */
export async function datagramReceiver(socketPath: string): Promise<() => string[]> {
  const program = `use Socket; socket(S, AF_UNIX, SOCK_DGRAM, 0); bind(S, sockaddr_un($ARGV[0])) or die;
    $| = 1; print "ready\\n"; while (defined recv(S, my $b, 65536, 0)) { print unpack("H*", $b), "\\n" }`;
  const child = spawn('perl', ['-e', program, socketPath], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  let seen = '';
  child.stdout.setEncoding('latin1').on('data', (text: string) => {
    seen += text;
  });
  await waitFor('the receiver', () => seen.includes('ready\n'));
  return () =>
    seen
      .split('\n')
      .slice(1, -1)
      .map((hex) => Buffer.from(hex, 'hex').toString());
}
