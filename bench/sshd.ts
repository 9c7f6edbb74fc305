import fs from 'node:fs';
import net, { type AddressInfo } from 'node:net';
import path from 'node:path';
import { waitFor } from '../test/support/wait-for.ts';
import { end, run, start } from './commands.ts';

export interface Sshd {
  port: number;
  /** The private key of the account that runs this. */
  key: string;
  knownHosts: string;
  stop(): Promise<void>;
}

/** An sshd of its own on loopback; its keys and settings are in `folder`. */
export async function startSshd(folder: string): Promise<Sshd> {
  // Without it sshd does not start; it belongs to the package, and to no unit that would make it here.
  fs.mkdirSync('/run/sshd', { recursive: true });
  fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
  const file = (name: string) => path.join(folder, name);
  // Ruby's own ssh knows ed25519 only with another library.
  for (const name of ['host', 'deploy'])
    await run('ssh-keygen', ['-q', '-t', 'ecdsa', '-m', 'PEM', '-N', '', '-f', file(name)]);
  const port = await freePort();
  const [type, key] = fs.readFileSync(file('host.pub'), 'utf8').split(' ');
  fs.writeFileSync(file('known_hosts'), `[127.0.0.1]:${port} ${type} ${key}\n`);
  const settings = `ListenAddress 127.0.0.1:${port}
HostKey ${file('host')}
AuthorizedKeysFile ${file('deploy.pub')}
PidFile none
PermitRootLogin yes
PasswordAuthentication no
KbdInteractiveAuthentication no
UsePAM no
StrictModes no
`;
  fs.writeFileSync(file('sshd_config'), settings);
  const log = file('sshd.log');
  const sshd = await start('/usr/sbin/sshd', ['-D', '-e', '-f', file('sshd_config')], { output: log });
  await waitFor('sshd to listen', () => {
    if (sshd.exitCode !== null) throw new Error(fs.readFileSync(log, 'utf8'));
    return fs.readFileSync(log, 'utf8').includes('listening');
  });
  return { port, key: file('deploy'), knownHosts: file('known_hosts'), stop: () => end(sshd) };
}

async function freePort(): Promise<number> {
  const server = net.createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
