import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { onTestFinished } from 'vitest';
import { waitFor } from './wait-for.ts';

/**
 * A real nginx in a folder of its own, with these server blocks; it ends with the test. Where several tests share it pass what
 * `setUpAll` gives.
 */
export async function startNginx(
  folder: string,
  options: { port: number; servers: string; cleanUp?: (fn: () => Promise<void>) => void },
): Promise<void> {
  const { port, servers, cleanUp = onTestFinished } = options;
  const configuration = path.join(folder, 'nginx.conf');
  const errors = path.join(folder, 'nginx-error.log');
  fs.writeFileSync(
    configuration,
    `daemon off;
user root;
worker_processes 1;
pid ${folder}/nginx.pid;
error_log ${errors};
events { worker_connections 1024; }
http {
  access_log off;
  types { text/html html; text/plain txt; }
  client_body_temp_path ${folder}/nginx-body;
  proxy_temp_path ${folder}/nginx-proxy;
  fastcgi_temp_path ${folder}/nginx-fastcgi;
  uwsgi_temp_path ${folder}/nginx-uwsgi;
  scgi_temp_path ${folder}/nginx-scgi;
  ${servers}
}
`,
  );
  const nginx = spawn('nginx', ['-e', errors, '-p', folder, '-c', configuration], { stdio: 'ignore' });
  cleanUp(() => stop(nginx));
  await waitFor('nginx to answer', async () => {
    if (nginx.exitCode !== null) throw new Error(fs.readFileSync(errors, 'utf8'));
    return (await fetch(`http://127.0.0.1:${port}/`)).status > 0;
  });
}

async function stop(nginx: ChildProcess): Promise<void> {
  if (nginx.exitCode !== null || nginx.signalCode !== null) return;
  const exited = once(nginx, 'exit');
  nginx.kill('SIGTERM');
  await exited;
}
