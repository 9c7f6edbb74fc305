import fs from 'node:fs';
import path from 'node:path';
import { waitFor } from '../test/support/wait-for.ts';
import { end, run, start } from './commands.ts';

/** A proxy that sends everything to one address, and to another one when it is told. */
export interface Front {
  name: string;
  start(folder: string, addresses: { port: number; upstream: number }): Promise<RunningFront>;
}

export interface RunningFront {
  switchTo(upstream: number): Promise<void>;
  stop(): Promise<void>;
}

/** A new configuration and a reload, as its manual says. */
export const nginx: Front = {
  name: 'nginx',
  async start(folder, { port, upstream }) {
    const home = path.join(folder, 'nginx');
    fs.mkdirSync(home, { recursive: true });
    const file = path.join(home, 'nginx.conf');
    const write = (to: number) => fs.writeFileSync(file, nginxConfiguration(home, { port, to }));
    write(upstream);
    const args = ['-e', path.join(home, 'error.log'), '-p', home, '-c', file];
    const child = await start('nginx', args, { output: path.join(home, 'out') });
    await answers(port);
    return {
      async switchTo(to) {
        write(to);
        await run('nginx', [...args, '-s', 'reload']);
      },
      stop: () => end(child),
    };
  },
};

function nginxConfiguration(home: string, { port, to }: { port: number; to: number }): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (each) => `${each}_temp_path ${home}/${each};`,
  );
  return `daemon off;
user root;
worker_processes auto;
pid ${home}/pid;
events { worker_connections 4096; }
http {
  access_log off;
  ${temporary.join('\n  ')}
  upstream app { server 127.0.0.1:${to}; keepalive 64; }
  server {
    listen 127.0.0.1:${port};
    location / {
      proxy_pass http://app;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header Host $host;
    }
  }
}
`;
}

/** By its API, which takes a part of the configuration. */
export const caddy: Front = {
  name: 'Caddy',
  async start(folder, { port, upstream }) {
    const home = path.join(folder, 'caddy');
    fs.mkdirSync(home, { recursive: true });
    const file = path.join(home, 'caddy.json');
    const admin = `127.0.0.1:${port + 1}`;
    const upstreams = (to: number) => [{ dial: `127.0.0.1:${to}` }];
    const handle = [{ handler: 'reverse_proxy', upstreams: upstreams(upstream) }];
    const server = {
      listen: [`127.0.0.1:${port}`],
      routes: [{ handle }],
      automatic_https: { disable: true },
    };
    fs.writeFileSync(
      file,
      JSON.stringify({ admin: { listen: admin }, apps: { http: { servers: { bench: server } } } }),
    );
    const env = { ...process.env, HOME: home, XDG_CONFIG_HOME: home, XDG_DATA_HOME: home };
    const child = await start('caddy', ['run', '--config', file], { output: path.join(home, 'out'), env });
    await answers(port);
    return {
      async switchTo(to) {
        const url = `http://${admin}/config/apps/http/servers/bench/routes/0/handle/0/upstreams`;
        const told = await fetch(url, {
          method: 'PATCH',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify(upstreams(to)),
        });
        if (!told.ok) throw new Error(`Caddy answered ${told.status} ${await told.text()}`);
      },
      stop: () => end(child),
    };
  },
};

/** Resolves once a request is answered as is wanted. */
export async function answers(port: number, isWanted: (body: string) => boolean = () => true): Promise<void> {
  await waitFor(`an answer on port ${port}`, async () => {
    const answer = await fetch(`http://127.0.0.1:${port}/`, { headers: { connection: 'close' } });
    return answer.ok && isWanted(await answer.text());
  });
}
