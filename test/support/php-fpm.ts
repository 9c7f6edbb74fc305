import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { onTestFinished } from 'vitest';
import { waitFor } from './wait-for.ts';

/** A real php-fpm in a folder of its own, its workers as www-data with that umask; it ends with the test. The path of its socket. */
export async function startPhpFpm(folder: string, { umask }: { umask: string }): Promise<string> {
  const socket = path.join(folder, 'php.sock');
  const errors = path.join(folder, 'php-fpm.log');
  const configuration = path.join(folder, 'php-fpm.conf');
  fs.writeFileSync(
    configuration,
    `[global]
daemonize = no
error_log = ${errors}
[www]
user = www-data
group = www-data
listen = ${socket}
listen.mode = 0666
pm = static
pm.max_children = 1
php_admin_value[opcache.enable] = 0
`,
  );
  const program = ['sh', '-c', `umask ${umask}; exec ${binary()} -n --fpm-config ${configuration}`] as const;
  const fpm = spawn(program[0], program.slice(1), { stdio: 'ignore' });
  onTestFinished(() => stop(fpm));
  await waitFor('php-fpm to listen', () => {
    if (fpm.exitCode !== null) throw new Error(fs.readFileSync(errors, 'utf8'));
    return fs.existsSync(socket);
  });
  return socket;
}

function binary(): string {
  const name = fs.readdirSync('/usr/sbin').find((each) => /^php-fpm\d/.test(each));
  if (name === undefined) throw new Error('this host has no php-fpm: script/bootstrap --tests');
  return path.join('/usr/sbin', name);
}

async function stop(fpm: ChildProcess): Promise<void> {
  if (fpm.exitCode !== null || fpm.signalCode !== null) return;
  const exited = once(fpm, 'exit');
  fpm.kill('SIGTERM');
  await exited;
}
