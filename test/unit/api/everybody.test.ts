import { once } from 'node:events';
import http from 'node:http';
import { expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { contract } from '../../../src/api/contract.ts';
import { routes } from '../../../src/api/routes.ts';
import { type FakeDoor, serveDoor } from '../../fixtures/serve-door.ts';
import { DAY_MS, ManualClock } from '../../support/clock.ts';
import { ask } from './ask.ts';

type Headers = Record<string, string>;

/** All that can be asked for: the contract, what stands beside it, and the page that names it. */
const EVERYTHING = [
  ...Object.entries(routes).map(([name, { method, path }]) => ({
    name,
    method: String(method),
    path: `/api/v1${path}`,
  })),
  { name: 'upload', method: 'POST', path: '/api/v1/apps/{app}/uploads?name=x.zip' },
  { name: 'openapi', method: 'GET', path: '/api/v1/openapi.json' },
];
const isForAnybody = ({ path }: { path: string }) => path.startsWith('/api/v1/session/');

/** Asks for one of it, of the app `shop`, and gives the status; a stream is left at once. */
function statusOf(
  { port }: FakeDoor,
  { method, path }: { method: string; path: string },
  headers: Headers,
): Promise<number> {
  const filled = path
    .replace('{app}', 'shop')
    .replace('{id}', '7')
    .replaceAll(/\{\w+\}/g, '1');
  return new Promise((resolve, reject) => {
    const body = method === 'GET' ? undefined : '{}';
    const type = body === undefined ? {} : { 'content-type': 'application/json', 'content-length': 2 };
    const options = {
      port,
      host: '127.0.0.1',
      path: filled,
      method,
      headers: { ...type, ...headers },
      agent: false,
    };
    const request = http.request(options, (response) => {
      resolve(response.statusCode ?? 0);
      response.destroy();
    });
    request.on('error', reject).end(body);
  });
}

async function statuses(door: FakeDoor, headers: Headers): Promise<Map<string, number>> {
  const found = new Map<string, number>();
  for (const each of EVERYTHING) found.set(each.name, await statusOf(door, each, headers));
  return found;
}

test('the contract and its routes are the same operations', () => {
  expect(Object.keys(contract).toSorted()).toEqual(Object.keys(routes).toSorted());
});

test('nobody gets in without credentials that are good now, into nothing', async () => {
  const door = await serveDoor();
  const revoked = door.as('admin');
  const [token] = door.access.tokens.list();
  door.access.tokens.revoke(token?.id ?? 0);
  const loggedOut = door.inBrowser('admin');
  for (const user of door.access.users.all())
    door.access.sessions.end(door.access.sessions.alive(user.id), 'a test');
  const wrong = { authorization: `Bearer slw_${'x'.repeat(43)}` };
  for (const headers of [{}, wrong, revoked, { cookie: loggedOut.cookie, origin: loggedOut.origin }])
    for (const each of EVERYTHING.filter((one) => !isForAnybody(one)))
      expect([401, 429], each.name).toContain(await statusOf(door, each, headers));
  expect(door.backend.calls).toEqual([]);
});

test('what has expired by the clock lets nobody in, into nothing', async () => {
  const clock = new ManualClock();
  const door = await serveDoor({ clock });
  const { token } = door.access.tokens.create({
    ...{ name: 'ci', role: 'admin', apps: null, by: 'a test', expiresMs: DAY_MS },
  });
  const bearer = { authorization: `Bearer ${token}` };
  const { cookie, origin } = door.inBrowser('admin');
  const status = { method: 'GET', path: '/api/v1/status' };
  for (const headers of [bearer, { cookie, origin }]) expect(await statusOf(door, status, headers)).toBe(200);
  door.backend.calls.length = 0;
  clock.advance(DAY_MS + 1);
  for (const headers of [bearer, { cookie, origin }])
    for (const each of EVERYTHING.filter((one) => !isForAnybody(one)))
      expect([401, 429], each.name).toContain(await statusOf(door, each, headers));
  expect(door.backend.calls).toEqual([]);
});

test('somebody of another app gets at nothing of this one, nor at the host', async () => {
  const door = await serveDoor();
  const own = new Set(
    EVERYTHING.filter(({ path }) =>
      /^\/api\/v1\/(session|me|status|events|timeline|consoles|certificates|openapi)/.test(path),
    ).map(({ name }) => name),
  );
  own.delete('endConsole');
  own.delete('renewCertificates');
  for (const headers of [door.as('admin', ['api']), door.inBrowser('admin', ['api']), door.as('viewer', [])])
    for (const [name, status] of await statuses(door, headers))
      if (!own.has(name)) expect({ name, status }).toEqual({ name, status: 403 });
  expect(door.backend.timelinesOf).toEqual([['api'], ['api'], []]);
  const changed = door.backend.calls.filter(({ operation }) =>
    /^(deploy|restart|stop|pin|env)/.test(operation),
  );
  expect(changed).toEqual([]);
});

test('a viewer changes nothing but what is his own', async () => {
  const door = await serveDoor();
  for (const headers of [door.as('viewer'), door.inBrowser('viewer')]) {
    const found = await statuses(door, headers);
    for (const { name, method, path } of EVERYTHING)
      if (method !== 'GET' && !/^\/api\/v1\/(session|me)/.test(path))
        expect([name, found.get(name)]).toEqual([name, 403]);
    for (const name of ['env', 'secrets', 'users', 'tokens', 'audit', 'configuration'])
      expect([name, found.get(name)]).toEqual([name, 403]);
    for (const name of ['status', 'deployments', 'logs', 'events', 'host', 'certificates'])
      expect([name, found.get(name)]).toEqual([name, 200]);
  }
});

test('a cookie changes something from a page of ours alone, and in JSON', async () => {
  const door = await serveDoor();
  const { cookie, origin } = door.inBrowser('admin');
  const restart = { method: 'POST', path: '/api/v1/apps/{app}/restart' };
  expect(await statusOf(door, restart, { cookie, origin })).toBe(200);
  const [restarted] = door.backend.calls;
  expect(restarted?.input).toMatchObject({
    caller: { trigger: 'page', actor: 'admin-1', address: '127.0.0.1' },
  });
  const forged: Headers[] = [
    { cookie },
    { cookie, origin: 'null' },
    { cookie, origin: 'http://evil.example' },
    { cookie, origin: `${origin}.evil.example` },
    { cookie, origin: origin.replace('http:', 'https:') },
    { cookie, origin: `http://localhost:${door.port}` },
    { cookie, origin: `${origin}/` },
    { cookie, origin, 'content-type': 'text/plain' },
    { cookie, origin, 'content-type': 'application/x-www-form-urlencoded' },
    { cookie, origin, 'content-type': 'multipart/form-data; boundary=application/json' },
    { cookie, origin, 'content-type': 'application/jsonp' },
    { cookie, origin, host: 'evil.example' },
  ];
  for (const headers of forged)
    expect([JSON.stringify(headers), await statusOf(door, restart, headers)]).toEqual([
      JSON.stringify(headers),
      403,
    ]);
  const [noted] = door.access.audit.list({ apps: null, app: null, actor: null, limit: 1, before: null });
  expect(noted).toMatchObject({
    ...{ actor: 'admin-1', outcome: 'refused', subject: 'POST /api/v1/apps/shop/restart' },
    reason: expect.stringContaining('host that is none of ours'),
  });
  const status = { method: 'GET', path: '/api/v1/status' };
  expect(await statusOf(door, status, { cookie })).toBe(200);
  expect(await statusOf(door, status, { cookie, 'sec-fetch-site': 'cross-site' })).toBe(403);
  expect(await statusOf(door, status, { cookie, 'sec-fetch-site': 'same-origin' })).toBe(200);
  expect(await statusOf(door, status, { cookie: `${cookie}; ${cookie}` })).toBe(401);
  expect(await statusOf(door, status, { cookie: `slipway_session=x; ${cookie}` })).toBe(401);
  expect(await statusOf(door, status, { cookie: `theme=dark; ${cookie}; a=b` })).toBe(200);
  expect(await statusOf(door, status, { cookie: `x${cookie}` })).toBe(401);
  expect(door.backend.calls.filter(({ operation }) => operation === 'restart')).toHaveLength(1);
});

test('a log-in comes from a page of ours or from no page, and sets a cookie that no script reads', async () => {
  const door = await serveDoor();
  const post = (headers: Headers, path = '/api/v1/session/log-in') =>
    new Promise<http.IncomingMessage>((resolve, reject) => {
      const options = { port: door.port, host: '127.0.0.1', path, method: 'POST', headers };
      http
        .request(options, (response) => resolve(response.resume()))
        .on('error', reject)
        .end('{"user":"a","password":"b"}');
    });
  const json = { 'content-type': 'application/json' };
  const origin = `http://127.0.0.1:${door.port}`;
  const entered = await post({ ...json, origin });
  expect(entered.statusCode).toBe(200);
  const [cookie = ''] = entered.headers['set-cookie'] ?? [];
  expect(cookie).toMatch(/^slipway_session=[^;]+; Path=\/; HttpOnly; SameSite=Strict; Max-Age=\d+$/);
  expect((await post(json)).statusCode).toBe(200);
  for (const headers of [
    { ...json, origin: 'http://evil.example' },
    { 'content-type': 'text/plain', origin },
    { ...json, host: 'evil.example' },
    { ...json, cookie: 'slipway_session=planted' },
  ])
    expect((await post(headers)).statusCode).toBe(403);
  expect((await post({ ...json, origin }, '/api/v1/session/../apps/shop/restart')).statusCode).toBe(401);
  expect((await post({ ...json, origin }, '/api/v1/session/nope')).statusCode).toBe(404);
});

test('over TLS a session is in a cookie that no other host plants', async () => {
  const door = await serveDoor({
    door: { public: 'https://deploy.example.com', tls: null, behindProxy: true },
  });
  const ofUs = { host: 'deploy.example.com', origin: 'https://deploy.example.com' };
  const entered = await new Promise<http.IncomingMessage>((resolve, reject) => {
    const headers = { ...ofUs, 'content-type': 'application/json' };
    http
      .request({ port: door.port, path: '/api/v1/session/log-in', method: 'POST', headers }, resolve)
      .on('error', reject)
      .end('{"user":"a","password":"b"}');
  });
  entered.resume();
  expect(entered.headers['set-cookie']?.[0]).toMatch(
    /^__Host-slipway_session=[^;]+; Path=\/; HttpOnly; SameSite=Strict; Max-Age=\d+; Secure$/,
  );
  const { cookie } = door.inBrowser('viewer');
  const status = { method: 'GET', path: '/api/v1/status' };
  expect(await statusOf(door, status, { ...ofUs, cookie })).toBe(401);
  expect(await statusOf(door, status, { ...ofUs, cookie: `__Host-${cookie}` })).toBe(200);
  expect(await statusOf(door, status, { ...ofUs, cookie: `__Host-${cookie}; slipway_session=planted` })).toBe(
    200,
  );
});

test('a WebSocket of a browser comes from a page of ours', async () => {
  const door = await serveDoor();
  const { cookie, origin } = door.inBrowser('deployer');
  const attempt = async (headers: Headers) => {
    const socket = new WebSocket(`ws://127.0.0.1:${door.port}/api/v1/terminal`, { headers });
    const opened = once(socket, 'open').then(() => 'open');
    const outcome = await opened.catch((error: unknown) => String(error));
    socket.terminate();
    return outcome;
  };
  expect(await attempt({ cookie, origin })).toBe('open');
  for (const headers of [{ cookie }, { cookie, origin: 'http://evil.example' }, { cookie, origin: 'null' }])
    expect(await attempt(headers)).toContain('403');
  expect(await attempt(door.as('deployer'))).toBe('open');
  expect(await attempt({ ...door.as('deployer'), host: 'evil.example' })).toContain('403');
});

test('a shell over TCP is for whom its app, and whoever that runs as, allows', async () => {
  const door = await serveDoor();
  door.backend.rootApps.add('shop');
  const attempt = async (headers: Headers, app: string | null) => {
    const socket = new WebSocket(`ws://127.0.0.1:${door.port}/api/v1/terminal`, { headers });
    socket.on('open', () =>
      socket.send(JSON.stringify({ type: 'open', app, instance: null, size: null, variables: {} })),
    );
    const [message] = (await once(socket, 'message')) as [Buffer];
    socket.terminate();
    const frame = JSON.parse(String(message)) as { type: string; error?: { code: string } };
    return frame.error?.code ?? frame.type;
  };
  expect(await attempt(door.as('deployer'), 'shop')).toBe('forbidden');
  expect(await attempt(door.as('deployer'), 'api')).toBe('opened');
  expect(await attempt(door.as('admin', ['shop']), 'shop')).toBe('opened');
  expect(await attempt(door.as('viewer'), 'api')).toBe('forbidden');
  expect(await attempt(door.as('deployer', ['shop']), 'api')).toBe('forbidden');
  expect(await attempt(door.as('deployer'), null)).toBe('forbidden');
  expect(await attempt(door.as('admin', ['api']), null)).toBe('forbidden');
});

test('what runs as root is given an archive by an admin alone, one that is there already too', async () => {
  const door = await serveDoor();
  door.backend.rootApps.add('shop');
  const upload = { method: 'POST', path: '/api/v1/apps/shop/uploads?name=x.zip' };
  expect(await statusOf(door, upload, door.as('deployer'))).toBe(403);
  const deploy = (headers: Headers) =>
    ask(door, {
      ...{ path: '/api/v1/apps/shop/deployments', method: 'POST', body: '{"upload": "abc"}' },
      headers: { ...headers, 'content-type': 'application/json' },
    });
  expect(await deploy(door.as('deployer'))).toMatchObject({ status: 403, body: { code: 'forbidden' } });
  expect(await deploy(door.as('admin'))).toMatchObject({ status: 200 });
});

test('only the last address that a proxy has added is believed, and only of a proxy', async () => {
  const addresses: unknown[] = [];
  for (const behindProxy of [true, false]) {
    const door = await serveDoor({ door: { public: 'https://deploy.example.com', tls: null, behindProxy } });
    const headers = {
      ...door.as('admin'),
      'x-forwarded-for': '10.0.0.1, 198.51.100.7',
      host: 'deploy.example.com',
    };
    await statusOf(door, { method: 'POST', path: '/api/v1/apps/{app}/restart' }, headers);
    addresses.push(door.backend.calls[0]?.input);
  }
  expect(addresses).toMatchObject([
    { caller: { address: '198.51.100.7' } },
    { caller: { address: '127.0.0.1' } },
  ]);
});
