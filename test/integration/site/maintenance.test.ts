import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { switchLink } from '../../../src/kernel/index.ts';
import { type SiteLayout, siteLayout } from '../../../src/release/index.ts';
import { setMaintenance } from '../../../src/site/maintenance.ts';
import { freePorts } from '../../support/free-port.ts';
import { temporaryFolder } from '../../support/temporary.ts';
import { waitFor } from '../../support/wait-for.ts';

/** The example for nginx in docs/web-servers.md, with the paths and ports of a test. */
function example(replacements: Record<string, string>): string {
  const page = fs.readFileSync(path.join(import.meta.dirname, '../../../docs/web-servers.md'), 'utf8');
  let text = /```nginx\n([\s\S]*?)```/.exec(page)?.[1] ?? '';
  for (const [from, to] of Object.entries(replacements)) {
    if (!text.includes(from)) throw new Error(`the example for nginx has no "${from}"`);
    text = text.replaceAll(from, to);
  }
  return text;
}

/** Stands for php-fpm: answers with the parameters that it is asked with (FastCGI 1.0). */
function php(socketPath: string): Promise<void> {
  const server = net.createServer((socket) => {
    let received = Buffer.alloc(0);
    const params: Buffer[] = [];
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk]);
      while (received.length >= 8) {
        const length = received.readUInt16BE(4);
        const end = 8 + length + received.readUInt8(6);
        if (received.length < end) return;
        const [type, content] = [received[1], received.subarray(8, 8 + length)];
        received = received.subarray(end);
        if (type === 4) params.push(content);
        if (type === 5 && length === 0) socket.end(answer(parameters(Buffer.concat(params))));
      }
    });
  });
  onTestFinished(() => void server.close());
  return new Promise((resolve) =>
    server.listen(socketPath, () => {
      // nginx's workers are another user.
      fs.chmodSync(socketPath, 0o666);
      resolve();
    }),
  );
}

function parameters(bytes: Buffer): Record<string, string> {
  const found: Record<string, string> = {};
  let at = 0;
  const length = () => {
    if ((bytes[at] ?? 0) < 128) return bytes.readUInt8(at++);
    at += 4;
    return bytes.readUInt32BE(at - 4) & 0x7fffffff;
  };
  const text = (size: number) => bytes.toString('utf8', at, (at += size));
  while (at < bytes.length) {
    const [nameLength, valueLength] = [length(), length()];
    found[text(nameLength)] = text(valueLength);
  }
  return found;
}

function answer(found: Record<string, string>): Buffer {
  const body = Buffer.from(`Content-Type: application/json\r\n\r\n${JSON.stringify(found)}`);
  const record = (type: number, content: Buffer) => {
    const header = Buffer.from([1, type, 0, 1, 0, 0, 0, 0]);
    header.writeUInt16BE(content.length, 4);
    return Buffer.concat([header, content]);
  };
  return Buffer.concat([record(6, body), record(6, Buffer.alloc(0)), record(3, Buffer.alloc(8))]);
}

function release(layout: SiteLayout, number: number): string {
  const directory = layout.releaseDirectory(number, '1.0');
  fs.mkdirSync(path.join(directory, 'public'), { recursive: true });
  fs.writeFileSync(path.join(directory, 'public/index.html'), `release ${number}`);
  fs.writeFileSync(path.join(directory, 'public/index.php'), '<?php');
  fs.writeFileSync(path.join(directory, 'public/.secret'), 'not for the public');
  return directory;
}

/** A site on the disk, served by an nginx of its own with the example's configuration. */
async function served() {
  const folder = fs.realpathSync(temporaryFolder());
  // For the workers of nginx, which are another user.
  fs.chmodSync(folder, 0o755);
  const layout = siteLayout(path.join(folder, 'shop'));
  const releases = [release(layout, 1), release(layout, 2)] as const;
  const goLive = (directory: string) => switchLink(layout.current, path.relative(layout.root, directory));
  goLive(releases[0]);
  const socketPath = path.join(folder, 'php.sock');
  await php(socketPath);
  const port = await freePorts(1);
  const server = example({
    'listen 80;': `listen 127.0.0.1:${port};`,
    '/webroot': layout.root,
    '/run/php/php8.2-fpm.sock': socketPath,
  });
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${folder}/${name};`,
  );
  fs.copyFileSync('/etc/nginx/fastcgi_params', path.join(folder, 'fastcgi_params'));
  fs.writeFileSync(
    path.join(folder, 'nginx.conf'),
    `daemon off; worker_processes 1; pid ${folder}/nginx.pid; error_log ${folder}/error.log;
    events {}
    http { include /etc/nginx/mime.types; access_log off; ${temporary.join(' ')} ${server} }`,
  );
  const nginx = spawn(
    '/usr/sbin/nginx',
    ['-e', path.join(folder, 'error.log'), '-c', path.join(folder, 'nginx.conf')],
    {
      stdio: ['ignore', 'ignore', 'pipe'],
    },
  );
  let stderr = '';
  nginx.stderr.on('data', (chunk) => (stderr += String(chunk)));
  onTestFinished(async () => {
    if (nginx.exitCode !== null || nginx.signalCode !== null) return;
    nginx.kill('SIGTERM');
    await once(nginx, 'exit');
  });
  const ask = (at = '/', init: RequestInit = {}) => fetch(`http://127.0.0.1:${port}${at}`, init);
  await waitFor('nginx to answer', async () => {
    if (nginx.exitCode !== null) throw new Error(`nginx ended: ${stderr}`);
    return await ask();
  });
  return { layout, releases, goLive, ask, context: { id: 'shop', layout } };
}

test('nginx, set up as documented, answers 503 with the page while maintenance is on', async () => {
  const { ask, context, releases } = await served();
  const before = await ask('/index.html');
  expect([before.status, await before.text()]).toEqual([200, 'release 1']);
  expect((await ask('/slipway-maintenance.html')).status).toBe(404);

  fs.mkdirSync(path.join(releases[0], '.slipway'));
  fs.writeFileSync(path.join(releases[0], '.slipway/maintenance.html'), '<h1>Back at noon</h1>');
  setMaintenance(context, true);
  for (const [at, method] of [
    ['/', 'GET'],
    ['/index.html', 'GET'],
    ['/index.php', 'POST'],
    ['/api/orders?x=1', 'POST'],
    ['/api/orders/1', 'DELETE'],
    ['/.secret', 'GET'],
  ] as const) {
    const answered = await ask(at, { method, ...(method === 'POST' ? { body: 'a=b' } : {}) });
    expect([answered.status, await answered.text()], `${method} ${at}`).toEqual([
      503,
      '<h1>Back at noon</h1>',
    ]);
    expect(answered.headers.get('retry-after')).toBe('120');
    expect(answered.headers.get('cache-control')).toBe('no-store');
    expect(answered.headers.get('content-type')).toBe('text/html');
  }
  const head = await ask('/', { method: 'HEAD' });
  expect([head.status, head.headers.get('retry-after')]).toEqual([503, '120']);

  setMaintenance(context, false);
  const after = await ask('/index.html');
  expect([after.status, await after.text()]).toEqual([200, 'release 1']);
  expect(after.headers.get('retry-after')).toBeNull();
});

test('the plain page is served where the release brings none, whatever the umask of the agent', async () => {
  const { ask, context } = await served();
  const umask = process.umask(0o077);
  setMaintenance(context, true);
  process.umask(umask);
  const answered = await ask();
  expect(answered.status).toBe(503);
  expect(await answered.text()).toContain('<h1>Down for maintenance</h1>');
});

test('after a switch nginx serves the other release unreloaded, and PHP gets its true path', async () => {
  const { ask, layout, releases, goLive } = await served();
  const script = async () => (await (await ask('/no/such/file?a=b')).json()) as Record<string, string>;
  expect(await script()).toMatchObject({
    SCRIPT_FILENAME: path.join(releases[0], 'public/index.php'),
    DOCUMENT_ROOT: path.join(releases[0], 'public'),
    QUERY_STRING: 'a=b',
  });
  goLive(releases[1]);
  expect(await (await ask('/index.html')).text()).toBe('release 2');
  expect((await script()).SCRIPT_FILENAME).toBe(path.join(releases[1], 'public/index.php'));
  expect((await script()).SCRIPT_FILENAME).not.toContain(layout.current);
  expect((await ask('/.secret')).status).toBe(403);
});
