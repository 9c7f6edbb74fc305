import { execFileSync, spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { onTestFinished } from 'vitest';
import { freePorts } from './free-port.ts';
import { accepts } from './git-daemon.ts';
import { waitFor } from './wait-for.ts';

export interface Sshd {
  /** `ssh://<this user>@127.0.0.1:<port>` */
  url: string;
  /** A key that it takes, and one that it does not. */
  key: string;
  strangeKey: string;
  /** The known_hosts file with its host key. */
  knownHosts: string;
  port: number;
}

/** An sshd of its own on loopback, until the test ends; everything that it needs is in `folder`. */
export async function startSshd(folder: string): Promise<Sshd> {
  // Without it sshd does not start; it belongs to the package, and to no unit that would make it here.
  fs.mkdirSync('/run/sshd', { recursive: true });
  const port = await freePorts(1);
  const file = (name: string) => path.join(folder, name);
  for (const name of ['host', 'deploy key', 'strange']) makeKey(file(name));
  fs.copyFileSync(file('deploy key.pub'), file('authorized_keys'));
  const [type, key] = fs.readFileSync(file('host.pub'), 'utf8').split(' ');
  fs.writeFileSync(file('known hosts'), `[127.0.0.1]:${port} ${type} ${key}\n`);
  const lines = [
    `ListenAddress 127.0.0.1:${port}`,
    `HostKey ${file('host')}`,
    `AuthorizedKeysFile ${file('authorized_keys')}`,
    `PidFile ${file('sshd.pid')}`,
    'PermitRootLogin yes',
    'PasswordAuthentication no',
    'KbdInteractiveAuthentication no',
    'UsePAM no',
    'StrictModes no',
    // git of the account, whatever settings it has.
    'SetEnv GIT_CONFIG_GLOBAL=/dev/null',
  ];
  fs.writeFileSync(file('sshd_config'), `${lines.join('\n')}\n`);
  const daemon = spawn('/usr/sbin/sshd', ['-D', '-f', file('sshd_config'), '-E', file('sshd.log')], {
    stdio: 'ignore',
  });
  onTestFinished(() => void daemon.kill('SIGKILL'));
  await waitFor('sshd', () => accepts(port));
  const url = `ssh://${os.userInfo().username}@127.0.0.1:${port}`;
  return { url, port, key: file('deploy key'), strangeKey: file('strange'), knownHosts: file('known hosts') };
}

export function makeKey(file: string): void {
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', file]);
}
