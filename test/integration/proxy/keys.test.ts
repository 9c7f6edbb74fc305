import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import http2 from 'node:http2';
import net from 'node:net';
import path from 'node:path';
import { expect, test } from 'vitest';
import { freePorts } from '../../support/free-port.ts';
import { request, selfSigned } from '../../support/haproxy.ts';
import { SELDOM, waitFor } from '../../support/wait-for.ts';
import { Workshop } from '../../support/workshop.ts';

const [PLAIN, SAFE] = ['plain.test', 'safe.test'];
const BALANCER = '127.0.0.2';

/** Answers with what it was asked; /text with much of it, /slow never. */
const PROGRAM = `import http from 'node:http';
http.createServer((request, response) => {
  if (request.url === '/slow') return;
  if (request.url !== '/text') return response.end(JSON.stringify(request.headers));
  response.setHeader('content-type', 'text/plain');
  response.end('text '.repeat(1000));
}).listen(Number(process.env.PORT), '127.0.0.1');
`;

test('each key of routing does what it says, and a change of it restarts no instance', async () => {
  const http = await freePorts(2);
  const workshop = await Workshop.make({ replicas: 1 });
  const { folder } = workshop;
  const [page, certificate] = [path.join(folder, 'pages/error.html'), path.join(folder, 'safe.pem')];
  fs.mkdirSync(path.dirname(page));
  fs.writeFileSync(page, '<h1>Sorry</h1>');
  fs.writeFileSync(certificate, selfSigned(SAFE).pem);
  workshop.host = {
    proxy: {
      http: `127.0.0.1:${http}`,
      https: `127.0.0.1:${http + 1}`,
      certificates: [certificate],
      proxy_protocol: [BALANCER],
    },
  };
  const password = execFileSync('openssl', ['passwd', '-6', 'secret'], { encoding: 'utf8' }).trim();
  workshop.configure({
    domains: [PLAIN, SAFE],
    max_body: '10B',
    allow: ['127.0.0.1', '203.0.113.7'],
    basic_auth: { user: 'staging', password },
    hsts: '365d',
    compress: true,
    time_out: '500ms',
    error_page: page,
  });
  workshop.bucket.putFiles('1.0.0', { 'server.js': PROGRAM, 'package.json': '{"type":"module"}' });
  workshop.bucket.offer({ version: '1.0.0', hash: 'local' });
  await workshop.start();
  await workshop.untilDeployed('1.0.0');
  const auth = 'staging:secret';
  const ask = (at = '/', options: Parameters<typeof request>[2] = {}) =>
    request(http, PLAIN, { path: at, auth, ...options });
  const status = async (options: Parameters<typeof request>[2]) => (await ask('/', options)).status;
  await waitFor('the proxy', async () => (await status({})) === 200, SELDOM);

  const answered = await ask();
  expect(JSON.parse(answered.body).authorization).toBeUndefined();
  expect(answered.headers['strict-transport-security']).toBeUndefined();
  for (const wrong of [undefined, 'staging:wrong', `staging:${'x'.repeat(4000)}`])
    expect(await status({ auth: wrong })).toBe(401);
  expect(await status({ localAddress: '127.0.0.3' })).toBe(403);

  expect(await status({ method: 'POST', body: 'just ten b' })).toBe(200);
  expect(await status({ method: 'POST', body: 'more than ten' })).toBe(413);
  expect(await status({ method: 'POST', body: 'x', headers: { 'transfer-encoding': 'chunked' } })).toBe(411);

  const gzip = { headers: { 'accept-encoding': 'gzip' } };
  expect((await ask('/text', gzip)).headers['content-encoding']).toBe('gzip');
  expect((await ask('/text')).headers['content-encoding']).toBeUndefined();

  const late = await ask('/slow');
  expect([late.status, late.body, late.headers['content-type']]).toEqual([
    504,
    '<h1>Sorry</h1>',
    'text/html; charset=utf-8',
  ]);

  const session = http2.connect(`https://127.0.0.1:${http + 1}`, {
    servername: SAFE,
    rejectUnauthorized: false,
  });
  const h2 = (headers: http2.OutgoingHttpHeaders, body: string | null) =>
    new Promise<http2.IncomingHttpHeaders>((resolve, reject) => {
      const authorization = `Basic ${Buffer.from(auth).toString('base64')}`;
      const stream = session.request({ ':authority': SAFE, authorization, ...headers }, { endStream: false });
      stream.once('response', resolve).once('error', reject).resume();
      stream.end(body ?? undefined);
    });
  expect(await h2({}, null)).toMatchObject({
    ':status': 200,
    'strict-transport-security': 'max-age=31536000',
  });
  // HTTP/2 need not say how large a request is.
  expect(await h2({ ':method': 'POST' }, 'more than ten')).toMatchObject({ ':status': 411 });
  expect(await h2({ ':method': 'POST', 'content-length': 5 }, 'short')).toMatchObject({ ':status': 200 });
  session.close();

  const balanced = async (before: string) =>
    await new Promise<string>((resolve) => {
      let text = '';
      const socket = net.connect({ host: '127.0.0.1', port: http, localAddress: BALANCER });
      socket.setEncoding('utf8').on('data', (part: string) => {
        text += part;
      });
      socket.once('error', () => undefined).once('close', () => resolve(text));
      const authorization = `authorization: Basic ${Buffer.from(auth).toString('base64')}`;
      socket.write(
        `${before}GET / HTTP/1.1\r\nhost: ${PLAIN}\r\n${authorization}\r\nconnection: close\r\n\r\n`,
      );
    });
  expect(await balanced('PROXY TCP4 203.0.113.7 192.0.2.1 40000 80\r\n')).toContain(
    '"x-forwarded-for":"203.0.113.7"',
  );
  expect(await balanced('PROXY TCP4 203.0.113.8 192.0.2.1 40000 80\r\n')).toContain('HTTP/1.1 403');
  expect(await balanced('')).not.toContain('HTTP/1.1 200');
  const [before] = (await workshop.app()).instances;
  expect(before).toMatchObject({ slot: '1', state: 'ready' });
  const client = await workshop.client();
  const { proxy } = (await client.status({})).agent;
  expect(proxy).toEqual({ state: 'ready', pid: expect.any(Number), reason: expect.any(String) });

  // Others could put something there, and root would show it to everybody.
  fs.chmodSync(path.dirname(page), 0o777);
  fs.rmSync(page);
  fs.symlinkSync(certificate, page);
  workshop.configure({ max_body: '1MB', allow: null, basic_auth: null, compress: false });
  const told = await client.applyConfiguration({});
  expect(JSON.stringify(told)).toContain(
    'max_body, allow, basic_auth, compress changed, nothing is restarted',
  );
  expect(await status({ auth: undefined, method: 'POST', body: 'more than ten' })).toBe(200);
  expect((await ask('/text', gzip)).headers['content-encoding']).toBeUndefined();
  const sentence = await ask('/slow');
  expect([sentence.status, sentence.body]).toEqual([504, expect.not.stringContaining('Sorry')]);
  expect((await client.status({})).agent.warnings).toContainEqual(
    expect.stringMatching(/^proxy: page \S+\/error.html is not used: /),
  );
  expect((await workshop.app()).instances[0]?.pid).toBe(before?.pid);
});

test('a service in maintenance stays so, whatever is deployed and whoever dies', async () => {
  const http = await freePorts(1);
  const other = { kind: 'service', runtime: 'command', start: 'true', source: { type: 'upload' } };
  const workshop = await Workshop.make({
    replicas: 1,
    app: { domains: [PLAIN], roll_out: { strategy: 'replace' } },
    host: { proxy: { http: `127.0.0.1:${http}` } },
    others: [{ name: 'other', replicas: 0, ...other }],
  });
  const page = path.join(workshop.folder, 'maintenance.html');
  fs.writeFileSync(page, '<h1>Back at noon</h1>');
  workshop.publish('1.0.0');
  await workshop.start();
  await workshop.untilDeployed('1.0.0');
  const answer = async () => await request(http, PLAIN).then(({ status, body }) => `${status} ${body}`);
  await waitFor('the proxy', async () => (await answer()).startsWith('200'), SELDOM);
  const turn = async (on: boolean, app = 'web') =>
    (await (await workshop.client()).setMaintenance({ app, on })).message;
  await expect(turn(true, 'other')).rejects.toThrow('other has no domains');
  expect(await turn(false)).toBe('web is not in maintenance');

  const closed = '503 <h1>Back at noon</h1>';
  expect(await turn(true)).toContain('web is in maintenance');
  expect(await answer()).toMatch(/^503 <!doctype html>[^]*<h1>Down for maintenance/);
  workshop.configure({ maintenance_page: page });
  await (await workshop.client()).applyConfiguration({});
  expect(await answer()).toBe(closed);
  expect(await workshop.app()).toMatchObject({ maintenance: true, state: 'running' });
  workshop.publish('2.0.0');
  await workshop.untilDeployed('2.0.0');
  expect((await workshop.ask(1)).version).toBe('2.0.0');
  expect(await answer()).toBe(closed);
  await workshop.kill();
  expect(await answer()).toBe(closed);
  await workshop.start();
  expect((await workshop.app()).maintenance).toBe(true);
  expect(await answer()).toBe(closed);

  const pidOf = async () => (await (await workshop.client()).status({})).agent.proxy?.pid;
  const former = await pidOf();
  process.kill(former ?? 0, 'SIGKILL');
  await waitFor('another HAProxy', async () => {
    const pid = await pidOf();
    return pid && pid !== former;
  });
  expect(await waitFor('an answer', async () => await answer().catch(() => null), SELDOM)).toBe(closed);

  // Written down, and the agent was killed before HAProxy was told.
  await workshop.kill();
  fs.writeFileSync(path.join(workshop.data, 'proxy/maintenance.list'), '');
  expect(await answer()).toBe(closed);
  await workshop.start();
  await waitFor('the app', async () => (await answer()).startsWith('200'), SELDOM);
  expect((await workshop.app()).maintenance).toBe(false);
  expect(await turn(true)).toContain('web is in maintenance');
  // What HAProxy cannot be told is no success.
  const socket = path.join(workshop.data, 'proxy/runtime.sock');
  fs.renameSync(socket, `${socket}.away`);
  await expect(turn(false)).rejects.toMatchObject({ code: 'maintenance_failed' });
  expect(await answer()).toMatch(/^503 /);
  fs.renameSync(`${socket}.away`, socket);
  expect(await turn(true)).toContain('web is in maintenance');
  expect(await turn(false)).toBe('web is out of maintenance');
  expect(await answer()).toMatch(/^200/);
});
