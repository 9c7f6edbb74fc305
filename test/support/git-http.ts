import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { onTestFinished } from 'vitest';

export interface GitHttpServer {
  /** `http://127.0.0.1:<port>` */
  url: string;
  /** What was sent as `Authorization`, decoded; null where there was none. */
  seen: (string | null)[];
}

/**
 * Serves the repositories below a folder by git's own CGI, to whoever names this user and password (null: to everybody), and
 * their large files (Git LFS, batch API with basic transfers) from `<repository>/.git/lfs`.
 */
export async function startGitHttp(folder: string, account: string | null): Promise<GitHttpServer> {
  const seen: (string | null)[] = [];
  const server = http.createServer((request, response) => {
    const given = /^Basic (.*)$/.exec(request.headers.authorization ?? '')?.[1];
    const asked = given === undefined ? null : Buffer.from(given, 'base64').toString();
    seen.push(asked);
    if (account !== null && asked !== account) {
      response.writeHead(401, { 'www-authenticate': 'Basic realm="git"' }).end();
      return;
    }
    const url = new URL(request.url ?? '/', 'http://127.0.0.1');
    if (url.pathname.endsWith('/objects/batch')) batch(request, response);
    else if (url.pathname.startsWith('/lfs-object/')) sendObject(folder, url, response);
    else cgi(folder, url, { request, response });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen };
}

function batch(request: http.IncomingMessage, response: http.ServerResponse): void {
  const repository = (request.url ?? '')
    .replace(/^\//, '')
    .replace(/(\/?\.git)?\/info\/lfs\/objects\/batch$/, '');
  let body = '';
  request.on('data', (chunk) => (body += chunk));
  request.on('end', () => {
    const { objects } = JSON.parse(body) as { objects: { oid: string; size: number }[] };
    const href = (oid: string) => `http://${request.headers.host}/lfs-object/${repository}/${oid}`;
    const answer = objects.map(({ oid, size }) => ({
      oid,
      size,
      actions: { download: { href: href(oid) } },
    }));
    response.writeHead(200, { 'content-type': 'application/vnd.git-lfs+json' });
    response.end(JSON.stringify({ transfer: 'basic', objects: answer }));
  });
}

function sendObject(folder: string, url: URL, response: http.ServerResponse): void {
  const [, , repository = '', oid = ''] = url.pathname.split('/');
  const file = path.join(folder, repository, '.git/lfs/objects', oid.slice(0, 2), oid.slice(2, 4), oid);
  if (!fs.existsSync(file)) return void response.writeHead(404).end();
  const bytes = fs.readFileSync(file);
  if (createHash('sha256').update(bytes).digest('hex') !== oid)
    throw new Error(`${file} is not what its name says`);
  response.writeHead(200, { 'content-length': bytes.length }).end(bytes);
}

/** RFC 3875, as far as git http-backend needs it. */
function cgi(
  folder: string,
  url: URL,
  { request, response }: { request: http.IncomingMessage; response: http.ServerResponse },
) {
  const backend = spawn('git', ['-c', 'safe.directory=*', 'http-backend'], {
    env: {
      PATH: process.env.PATH,
      GIT_PROJECT_ROOT: folder,
      GIT_HTTP_EXPORT_ALL: '1',
      GIT_PROTOCOL: String(request.headers['git-protocol'] ?? ''),
      HTTP_CONTENT_ENCODING: String(request.headers['content-encoding'] ?? ''),
      REQUEST_METHOD: request.method,
      PATH_INFO: url.pathname,
      QUERY_STRING: url.search.slice(1),
      CONTENT_TYPE: request.headers['content-type'] ?? '',
      REMOTE_ADDR: '127.0.0.1',
    },
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  backend.stdin.on('error', () => {});
  request.pipe(backend.stdin);
  const chunks: Buffer[] = [];
  backend.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  backend.on('close', () => {
    const answer = Buffer.concat(chunks);
    const end = answer.indexOf('\r\n\r\n');
    const headers = answer
      .subarray(0, end)
      .toString()
      .split('\r\n')
      .map((line) => line.split(': ') as [string, string]);
    const status = Number(headers.find(([name]) => name === 'Status')?.[1].slice(0, 3) ?? 200);
    response.writeHead(status, Object.fromEntries(headers.filter(([name]) => name !== 'Status')));
    response.end(answer.subarray(end + 4));
  });
}
