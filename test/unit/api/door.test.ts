import { once } from 'node:events';
import net from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import { serveDoor } from '../../fixtures/serve-door.ts';
import { waitFor } from '../../support/wait-for.ts';
import { ask } from './ask.ts';

/** Sends bytes as they are, and gives all that comes back until the end. */
async function send(port: number, bytes: string): Promise<string> {
  const socket = net.connect(port, '127.0.0.1').setEncoding('utf8');
  onTestFinished(() => void socket.destroy());
  socket.write(bytes);
  let text = '';
  for await (const chunk of socket) text += String(chunk);
  return text;
}

const statusesOf = (text: string) =>
  [...text.matchAll(/HTTP\/1\.1 (\d{3})/g)].map(([, status]) => Number(status));

test('a stranger is answered 401 before path, body, method and upgrade are looked at', async () => {
  const { port, backend } = await serveDoor();
  const requests = [
    'GET /api/v1/status',
    'GET /api/v1/nope',
    'GET //evil.example/api/v1/status',
    'GET http://evil.example/api/v1/status',
    'GET /api/v1/session/../status',
    'GET /api/v1/session/%2e%2e/status',
    'GET /health/../api/v1/status',
    'GET /healthy',
    'GET /health?x=1',
    'GET /%68ealth',
    'GET /HEALTH',
    'OPTIONS /api/v1/status',
    'OPTIONS *',
    'HEAD /api/v1/status',
    'TRACE /api/v1/status',
    'PUT /api/v1/apps/shop/pin',
    'DELETE /hooks',
    'PROPFIND /',
  ];
  for (const line of requests) {
    const text = await send(port, `${line} HTTP/1.1\r\nhost: localhost\r\n\r\n`);
    expect(statusesOf(text), line).toEqual([401]);
    expect(text.toLowerCase(), line).toContain('\r\nwww-authenticate: bearer\r\n');
  }
  const upgrade = 'connection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n';
  const key = 'sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n';
  for (const path of ['/api/v1/terminal', '/', '/health', '/api/v1/nope']) {
    const text = await send(port, `GET ${path} HTTP/1.1\r\nhost: localhost\r\n${upgrade}${key}\r\n`);
    expect(statusesOf(text), path).toEqual([401]);
  }
  const other = 'connection: upgrade\r\nupgrade: h2c\r\n';
  expect(statusesOf(await send(port, `GET /health HTTP/1.1\r\nhost: x\r\n${other}\r\n`))).toEqual([200]);
  const slow = 'host: x\r\ncontent-length: 1000000\r\n';
  expect(statusesOf(await send(port, `POST /api/v1/apps/shop/uploads HTTP/1.1\r\n${slow}\r\nab`))).toEqual([
    401,
  ]);
  const waits = 'host: x\r\ncontent-length: 5\r\nexpect: 100-continue\r\n';
  expect(statusesOf(await send(port, `POST /api/v1/apps/shop/deployments HTTP/1.1\r\n${waits}\r\n`))).toEqual(
    [401],
  );
  const odd = 'host: x\r\nexpect: the-unexpected\r\n';
  expect(statusesOf(await send(port, `GET /api/v1/status HTTP/1.1\r\n${odd}\r\n`))).toEqual([401]);
  expect(backend.calls).toEqual([]);
});

test('no request hides behind another one', async () => {
  const { port, backend, as } = await serveDoor();
  const admin = as('admin').authorization;
  const hidden = `DELETE /api/v1/apps/shop/pin HTTP/1.1\r\nhost: localhost\r\nauthorization: ${admin}\r\n\r\n`;
  const bodies = [
    `content-length: 0\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`,
    `transfer-encoding: chunked\r\ncontent-length: ${hidden.length}\r\n\r\n`,
    `content-length: 0\r\ncontent-length: ${hidden.length}\r\n\r\n`,
    `transfer-encoding: identity, chunked, x\r\n\r\n`,
    `transfer-encoding: xchunked\r\n\r\n`,
    `content-length: +0\r\n\r\n`,
    `content-length: ${hidden.length}\r\n\r\n`,
  ];
  for (const body of bodies) {
    const text = await send(port, `POST /api/v1/status HTTP/1.1\r\nhost: localhost\r\n${body}${hidden}`);
    expect(
      statusesOf(text).every((status) => [400, 401].includes(status)),
      body,
    ).toBe(true);
  }
  expect(backend.calls).toEqual([]);
});

test('what lets in is one token, said once', async () => {
  const { port, as } = await serveDoor();
  const { authorization } = as('viewer');
  const status = async (lines: string[]) => {
    const head = ['GET /api/v1/status HTTP/1.1', 'host: localhost', 'connection: close', ...lines];
    return statusesOf(await send(port, `${head.join('\r\n')}\r\n\r\n`))[0];
  };
  const said = `authorization: ${authorization}`;
  expect(await status([said])).toBe(200);
  expect(await status([said.replace('Bearer', 'bEARER')])).toBe(200);
  for (const wrong of [
    [said, said],
    [said, 'authorization: Bearer x'],
    ['authorization: Bearer x', said],
    [said.replace('Bearer', 'Basic')],
    [`${said}x`],
    [said.replace('Bearer ', '')],
    [said.toLowerCase()],
    [`x-${said}`],
    [`cookie: slipway_session=${authorization.slice(7)}`],
    [`authorization: Bearer ${'x'.repeat(600)}`],
  ])
    expect(await status(wrong), wrong.join()).toBe(401);
});

test('a token goes no further than its role and its apps, by whatever name or number', async () => {
  const { port, as, backend, journal } = await serveDoor();
  const viewer = as('viewer');
  const ofApi = as('deployer', ['api']);
  const statusOf = async (headers: object, line: string, body?: string) => {
    const [method = '', path = ''] = line.split(' ');
    return await ask(
      { port },
      { method, path, headers: { ...headers }, ...(body !== undefined && { body }) },
    );
  };
  expect(await statusOf(viewer, 'POST /api/v1/apps/shop/deployments')).toMatchObject({
    status: 403,
    headers: { 'content-type': 'application/problem+json' },
    body: { code: 'forbidden', message: 'it takes the role deployer, and viewer is viewer' },
  });
  for (const line of [
    'GET /api/v1/apps/shop/releases',
    'GET /api/v1/apps/nope/releases',
    'GET /api/v1/apps/%73hop/releases',
    'GET /api/v1/apps/api%2f..%2fshop/releases',
    'GET /api/v1/apps/api%00/releases',
    'GET /api/v1/apps/shop/releases?app=api',
    'GET /api/v1/deployments/7',
    'GET /api/v1/deployments/7/events',
    'GET /api/v1/deployments/9',
    'GET /api/v1/deployments/07',
    'POST /api/v1/deployments/7/cancel',
    'GET /api/v1/status?app=shop',
    'GET /api/v1/status?app=api&app=shop',
    'POST /api/v1/apps/shop/restart',
    'POST /api/v1/apps/shop/uploads?name=x.zip',
    'POST /api/v1/apps/nope/uploads?name=x.zip',
    'GET /api/v1/host',
    'GET /api/v1/agent/logs',
    'GET /api/v1/configuration',
  ])
    expect(await statusOf(ofApi, line), line).toMatchObject({ status: 403, body: { code: 'forbidden' } });
  const restart = await statusOf(ofApi, 'POST /api/v1/apps/shop/restart', '{"app": "api"}');
  expect(restart.status).toBe(403);
  expect(backend.calls).toEqual([]);
  expect((await statusOf(ofApi, 'GET /api/v1/status?app=shop&app=api')).status).toBe(200);
  expect(await statusOf(ofApi, 'GET /api/v1/status')).toMatchObject({
    status: 200,
    body: { apps: [{ app: 'api' }] },
  });
  expect((await statusOf(ofApi, 'GET /api/v1/deployments/8')).status).toBe(200);
  const mine = await statusOf(ofApi, 'POST /api/v1/apps/api/restart', '{"app": "shop"}');
  expect(mine.status).toBe(200);
  expect(backend.calls).toMatchObject([
    {
      operation: 'restart',
      input: { app: 'api', caller: { actor: 'deployer', trigger: 'api', address: '127.0.0.1' } },
    },
  ]);
  expect(
    journal.tables.audit.list({ apps: null, app: null, actor: null, limit: 2, before: null }),
  ).toMatchObject([
    { outcome: 'succeeded', actor: 'deployer', action: 'restart', app: 'api', subject: 'api' },
    { outcome: 'refused', actor: 'deployer', action: 'restart', app: 'shop', subject: 'shop' },
  ]);
});

test('a path that becomes another one when it is resolved is none', async () => {
  const { port, as, backend } = await serveDoor();
  const { authorization } = as('admin');
  for (const path of [
    '//evil.example/api/v1/status',
    '/api/v1/../v1/status',
    '/api/v1/./status',
    '/api/v1/%2e%2e/v1/status',
    '/api/v1//status',
    '\\api\\v1\\status',
    'http://localhost/api/v1/status',
    '/api/v1/status;x',
    '/api/v1/apps/../status',
  ]) {
    const head = `GET ${path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\nauthorization: ${authorization}`;
    expect([400, 404], path).toContain(statusesOf(await send(port, `${head}\r\n\r\n`))[0]);
  }
  expect(backend.calls).toEqual([]);
});

test('a request names a host of ours, or is refused', async () => {
  const door = { public: 'https://deploy.example.com', tls: null, behindProxy: false };
  const { port, as } = await serveDoor({ door });
  const headers = as('viewer');
  const status = async (host: string) =>
    (await ask({ port }, { path: '/api/v1/status', headers: { ...headers, host } })).status;
  for (const host of [
    'deploy.example.com',
    'Deploy.Example.com:443',
    `127.0.0.1:${port}`,
    'localhost:1',
    '[::1]:5001',
    '127.0.0.1',
  ])
    expect(await status(host), host).toBe(200);
  for (const host of [
    'evil.example',
    'localhost.evil.example',
    'deploy.example.com:8443',
    '192.0.2.1',
    'x@localhost',
  ])
    expect(await status(host), host).toBe(403);
  const twice = `GET /api/v1/status HTTP/1.1\r\nhost: localhost\r\nhost: localhost\r\nauthorization: ${headers.authorization}\r\nconnection: close\r\n\r\n`;
  expect([400, 403]).toContain(statusesOf(await send(port, twice))[0]);
});

test('a stream and a shell end with the token that opened them', async () => {
  const { port, as, access, backend } = await serveDoor();
  const headers = as('deployer');
  const [created] = access.tokens.list();
  const socket = net.connect(port, '127.0.0.1');
  onTestFinished(() => void socket.destroy());
  socket.write(
    `GET /api/v1/events HTTP/1.1\r\nhost: localhost\r\nauthorization: ${headers.authorization}\r\n\r\n`,
  );
  socket.resume();
  const streamEnds = once(socket, 'close');
  const shell = new WebSocket(`ws://127.0.0.1:${port}/api/v1/terminal`, { headers });
  shell.on('open', () =>
    shell.send(JSON.stringify({ type: 'open', app: 'shop', instance: null, size: null, variables: {} })),
  );
  shell.on('error', () => undefined);
  await once(shell, 'message');
  await waitFor('the stream', () => backend.streams === 1);
  const shellEnds = once(shell, 'close');
  access.tokens.revoke(created?.id ?? 0);
  await Promise.all([streamEnds, shellEnds]);
  await waitFor('the stream to end', () => backend.streams === 0);
  expect((await ask({ port }, { path: '/api/v1/status', headers })).status).toBe(401);
});

test('time alone ends a token, and what it opened', async () => {
  const { port, access, backend } = await serveDoor({ recheckMs: 50 });
  const { token } = access.tokens.create({
    name: 'ci',
    role: 'viewer',
    apps: null,
    by: 'x',
    expiresMs: 3_600_000,
  });
  const socket = net.connect(port, '127.0.0.1');
  onTestFinished(() => void socket.destroy());
  socket.write(`GET /api/v1/events HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer ${token}\r\n\r\n`);
  socket.resume();
  await waitFor('the stream', () => backend.streams === 1);
  const ends = once(socket, 'close');
  // As a clock does it: nobody is told.
  Object.assign(access, { authenticate: () => null });
  await ends;
});

test('a program has 256 streams, and whoever is refused may still ask', async () => {
  const { port, as, backend } = await serveDoor();
  const { authorization } = as('viewer');
  const request = `GET /api/v1/events HTTP/1.1\r\nhost: localhost\r\nauthorization: ${authorization}\r\n\r\n`;
  for (let count = 0; count < 256; count++) {
    const socket = net.connect(port, '127.0.0.1');
    onTestFinished(() => void socket.destroy());
    socket.write(request);
    socket.resume();
  }
  await waitFor('the streams', () => backend.streams === 256);
  const more = await ask({ port }, { path: '/api/v1/events', headers: { authorization } });
  expect(more).toMatchObject({ status: 429, body: { code: 'too_many' } });
  expect((await ask({ port }, { path: '/api/v1/status', headers: { authorization } })).status).toBe(200);
});

test('one connection carries many requests of somebody who is known', async () => {
  const { port, as } = await serveDoor();
  const { authorization } = as('viewer');
  const request = `GET /api/v1/status HTTP/1.1\r\nhost: localhost\r\nauthorization: ${authorization}\r\n`;
  const text = await send(port, `${request}\r\n${request}\r\n${request}connection: close\r\n\r\n`);
  expect(statusesOf(text)).toEqual([200, 200, 200]);
});

test('too many wrong tokens of one address are told so, and the right one gets in', async () => {
  const { port, as } = await serveDoor();
  const wrong = { authorization: 'Bearer slw_wrong' };
  const statuses: number[] = [];
  for (let count = 0; count < 80; count++)
    statuses.push((await ask({ port }, { path: '/api/v1/status', headers: wrong })).status);
  expect([statuses[0], statuses.at(-1)]).toEqual([401, 429]);
  expect((await ask({ port }, { path: '/api/v1/status' })).status).toBe(401);
  expect((await ask({ port }, { path: '/api/v1/status', headers: as('viewer') })).status).toBe(200);
});

test('a body that is too large or too slow is refused, of somebody who is known too', async () => {
  const { port, as, backend } = await serveDoor({ bodyTimeoutMs: 300 });
  const { authorization } = as('admin');
  const head = `PUT /api/v1/apps/shop/pin HTTP/1.1\r\nhost: localhost\r\nauthorization: ${authorization}\r\n`;
  const large = `content-length: ${2 * 1024 ** 2}\r\nexpect: 100-continue\r\n\r\n`;
  expect(statusesOf(await send(port, head + large))).toEqual([413]);
  expect(statusesOf(await send(port, `${head}content-length: 20\r\n\r\n{"version"`))).toEqual([408]);
  const long = `GET /api/v1/status?x=${'x'.repeat(20_000)} HTTP/1.1\r\nhost: localhost\r\n\r\n`;
  expect(statusesOf(await send(port, long))).toEqual([431]);
  expect(backend.calls).toEqual([]);
});

test('what a request says comes back in no header, and in JSON alone', async () => {
  const { port, as } = await serveDoor();
  const { authorization } = as('viewer');
  const evil = '%0d%0aset-cookie:%20a=b%0d%0a%0d%0a<script>alert(1)</script>';
  for (const path of [
    `/api/v1/apps/${evil}/releases`,
    `/api/v1/apps/shop/releases?limit=1&x=${evil}`,
    `/api/v1/${evil}`,
  ]) {
    const answer = await ask({ port }, { path, headers: { authorization } });
    expect(answer.headers['set-cookie']).toBeUndefined();
    expect(answer.headers['content-type']).toMatch(/^application\/(problem\+)?json$/);
    expect(answer.headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-store',
    });
    expect(Object.values(answer.headers).join()).not.toMatch(/[\r\n<]/);
  }
});
