import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { createHash, X509Certificate } from 'node:crypto';
import fs from 'node:fs';
import http from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import tls from 'node:tls';
import { onTestFinished } from 'vitest';
import {
  certificateList,
  configurationText,
  FILES,
  findProgram,
  type ProxyApp,
  ProxyControl,
  type ProxyDescription,
  ProxyFolder,
  programArgv,
  replaceConfiguration,
  type SlotStates,
  stateFile,
} from '../../src/proxy/index.ts';
import { temporaryFolder } from './temporary.ts';
import { waitFor } from './wait-for.ts';

/** An app with nothing out of the ordinary. */
export function proxyApp(app: Partial<ProxyApp> & Pick<ProxyApp, 'id'>): ProxyApp {
  return {
    domains: [],
    path: '/',
    slots: [],
    check: { kind: 'tcp' },
    canary: false,
    sticky: false,
    drainMs: 5000,
    answerMs: 30_000,
    queue: { limit: 100, waitMs: 10_000 },
    maxBodyBytes: null,
    compress: false,
    allow: null,
    basicAuth: null,
    hstsMs: null,
    pages: { maintenance: null, error: null },
    ...app,
  };
}

export function proxyDescription(description: Partial<ProxyDescription>): ProxyDescription {
  return {
    account: { user: 'haproxy', group: 'haproxy' },
    http: null,
    https: null,
    proxyProtocol: [],
    certificates: [],
    challenges: false,
    apps: [],
    ...description,
  };
}

/** Both places of instance `1`, `2`, ... */
export function slotsOf(...ports: [a: number, b: number][]): ProxyApp['slots'] {
  return ports.flatMap(([a, b], index) => {
    const instance = String(index + 1);
    const at = { instance, host: '127.0.0.1' };
    return [
      { ...at, name: instance, port: a },
      { ...at, name: `${instance}b`, port: b },
    ];
  });
}

/** A domain that is served without a certificate. */
export function plain(...hosts: string[]): ProxyApp['domains'] {
  return hosts.map((host) => ({ host, redirect: null, secure: false }));
}

/** A real HAProxy, in a folder of its own. */
export class TestProxy {
  readonly folder = new ProxyFolder(`${temporaryFolder()}/proxy`);
  readonly control = new ProxyControl(this.folder);
  process: ChildProcess | null = null;
  output = '';

  async write(description: ProxyDescription, states: SlotStates): Promise<void> {
    this.folder.prepare();
    this.folder.write(FILES.certificateList, certificateList(description));
    this.folder.write(FILES.states, stateFile(description.apps, states));
    const text = configurationText(description);
    await replaceConfiguration({ folder: this.folder, findProgram, text });
  }

  async start(): Promise<void> {
    const [file = '', ...args] = programArgv(await findProgram());
    const child = spawn(file, args, { cwd: this.folder.directory, stdio: ['ignore', 'pipe', 'pipe'] });
    this.process = child;
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => {
        this.output += text;
      });
    onTestFinished(() => end(child));
    await waitFor('HAProxy', async () => {
      if (child.exitCode !== null) throw new Error(this.output);
      return (await this.control.workers()).current !== null && (await this.control.states());
    });
  }

  /** Kills the worker, which ends the master. */
  async kill(): Promise<void> {
    const { current } = await this.control.workers();
    const ended = new Promise((resolve) => this.process?.once('exit', resolve));
    if (current) process.kill(current, 'SIGKILL');
    await ended;
    for (const socket of [FILES.runtimeSocket, FILES.masterSocket])
      fs.rmSync(this.folder.path(socket), { force: true });
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await ended;
}

/** Answers every request with its name, after whatever `before` waits for. */
export async function backendNamed(
  name: string,
  before: (request: http.IncomingMessage) => Promise<void> = async () => undefined,
): Promise<{ port: number; server: http.Server; close(): Promise<void> }> {
  const server = http.createServer(async (request, response) => {
    await before(request);
    response.setHeader('x-name', name);
    response.end(`${name} ${request.method} ${request.url} ${JSON.stringify(request.headers)}`);
  });
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => sockets.add(socket.once('close', () => sockets.delete(socket))));
  server.on('upgrade', (_, socket) => {
    socket.on('error', () => undefined).on('end', () => socket.end());
    socket.write(
      'HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n',
    );
    socket.on('data', (text: Buffer) => socket.write(`${name} ${text}`));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      // Those of WebSockets, too.
      for (const socket of sockets) socket.destroy();
    });
  onTestFinished(close);
  return { port: (server.address() as AddressInfo).port, server, close };
}

export interface Answer {
  status: number;
  headers: http.IncomingHttpHeaders;
  body: string;
}

/** One request on a connection of its own, or of the `agent`. */
export function request(
  port: number,
  host: string,
  options: http.RequestOptions & { body?: string | Buffer } = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const { body, headers, agent = false, ...others } = options;
    const sent = http.request(
      { host: '127.0.0.1', port, agent, ...others, headers: { host, ...(headers as object) } },
      (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (part: string) => {
          text += part;
        });
        response.once('end', () =>
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text }),
        );
        response.once('error', reject);
      },
    );
    sent.once('error', reject);
    sent.end(body);
  });
}

/** A certificate with its key, and the digest that a handshake shows. */
export function selfSigned(
  name: string,
  folder: string = temporaryFolder(),
): { pem: string; digest: string } {
  const [key, certificate] = ['key', 'certificate'].map((file) => `${folder}/${file}`);
  execFileSync(
    'openssl',
    [
      ...[
        'req',
        '-x509',
        '-newkey',
        'ec',
        '-pkeyopt',
        'ec_paramgen_curve:prime256v1',
        '-nodes',
        '-days',
        '2',
      ],
      ...['-subj', `/CN=${name}`, '-addext', `subjectAltName=DNS:${name}`],
      ...['-keyout', key ?? '', '-out', certificate ?? ''],
    ],
    { stdio: 'ignore' },
  );
  const pem = [key, certificate].map((file) => fs.readFileSync(file ?? '', 'utf8')).join('');
  return { pem, digest: digestOf(new X509Certificate(pem.slice(pem.indexOf('-----BEGIN CERT'))).raw) };
}

function digestOf(raw: Buffer): string {
  return createHash('sha256').update(raw).digest('hex');
}

/** Digest of the certificate that is shown for a name, or `refused`. */
export async function handshake(port: number, servername: string): Promise<string> {
  return await new Promise((resolve) => {
    const socket = tls.connect({ host: '127.0.0.1', port, servername, rejectUnauthorized: false });
    socket.once('secureConnect', () => {
      const { raw } = socket.getPeerCertificate();
      socket.destroy();
      resolve(digestOf(raw));
    });
    socket.once('error', () => resolve('refused'));
  });
}
