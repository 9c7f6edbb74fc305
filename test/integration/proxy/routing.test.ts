import { execFileSync } from 'node:child_process';
import web from 'node:http';
import { describe, expect, it, onTestFinished } from 'vitest';
import { freePorts } from '../../support/free-port.ts';
import {
  backendNamed,
  handshake,
  plain,
  proxyApp,
  proxyDescription,
  request,
  selfSigned,
  slotsOf,
  TestProxy,
} from '../../support/haproxy.ts';

const UNUSED = 9;

describe('HAProxy, by its generated configuration', () => {
  it('sends each request to the app of its name and path, and who is let in alone', async () => {
    const [first, exact, shop, guarded] = await Promise.all(
      ['wild', 'exact', 'shop', 'guarded'].map((name) => backendNamed(name)),
    );
    const http = await freePorts(1);
    const proxy = new TestProxy();
    const slots = (backend: typeof first) => slotsOf([backend?.port ?? 0, UNUSED]);
    const hash = execFileSync('openssl', ['passwd', '-5', '-salt', 'salt', 'secret'], { encoding: 'utf8' });
    const apps = [
      proxyApp({ id: 'wild', domains: plain('*.example.com'), slots: slots(first) }),
      proxyApp({
        id: 'exact@staging',
        domains: [
          ...plain('api.example.com'),
          { host: 'www.example.com', redirect: 'api.example.com', secure: false },
          { host: 'safe.example.com', redirect: null, secure: true },
        ],
        slots: slots(exact),
        maxBodyBytes: 10,
      }),
      proxyApp({ id: 'shop', domains: plain('api.example.com'), path: '/shop', slots: slots(shop) }),
      proxyApp({
        id: 'guarded',
        domains: plain('guarded.test'),
        slots: slots(guarded),
        allow: ['127.0.0.0/8'],
        basicAuth: { user: 'tester', hash: hash.trim() },
      }),
      proxyApp({
        id: 'private',
        domains: plain('private.test'),
        slots: slots(first),
        allow: ['10.1.0.0/16'],
      }),
      proxyApp({ id: 'closed', domains: plain('closed.test'), slots: slots(first) }),
    ];
    const states = new Map(apps.map(({ id }) => [`${id.replace('@', ':')}/1`, 'ready'] as const));
    await proxy.write(proxyDescription({ http: { host: '127.0.0.1', port: http }, apps }), states);
    await proxy.start();
    const ask = async (host: string, path = '/', more = {}) => {
      const { status, headers, body } = await request(http, host, { path, ...more });
      return `${status} ${headers.location ?? body.split(' ')[0]}`;
    };
    expect(await ask('api.example.com')).toBe('200 exact');
    expect(await ask('API.example.com:8080')).toBe('200 exact');
    expect(await ask('other.example.com')).toBe('200 wild');
    expect(await ask('deep.other.example.com')).toBe('200 wild');
    expect(await ask('example.com')).toBe('404 No');
    expect(await ask('evil.com/.example.com')).toMatch(/^400/);
    expect(await ask('api.example.com', '/shop')).toBe('200 shop');
    expect(await ask('api.example.com', '/shop/1?q=2')).toBe('200 shop');
    expect(await ask('api.example.com', '/shopping')).toBe('200 exact');
    expect(await ask('www.example.com', '/a?b=c')).toBe('308 http://api.example.com/a?b=c');
    // There is no https here to be sent to.
    expect(await ask('safe.example.com')).toBe('200 exact');
    expect(await ask('api.example.com', '/', { method: 'POST', body: 'short' })).toBe('200 exact');
    expect(await ask('api.example.com', '/', { method: 'POST', body: 'longer than ten' })).toMatch(/^413/);
    const chunked = { method: 'POST', body: 'x', headers: { 'transfer-encoding': 'chunked' } };
    expect(await ask('api.example.com', '/', chunked)).toMatch(/^411/);
    expect(await ask('guarded.test')).toMatch(/^401/);
    expect(await ask('guarded.test', '/', { auth: 'tester:wrong' })).toMatch(/^401/);
    expect(await ask('guarded.test', '/', { auth: 'tester:secret' })).toBe('200 guarded');
    expect(await ask('private.test')).toMatch(/^403/);
    await proxy.control.setMaintenance(['closed', 'exact@staging']);
    expect(await ask('closed.test')).toMatch(/^503 Down/);
    expect(await ask('api.example.com')).toMatch(/^503 Down/);
    // A connection from before a reload is no way around it.
    const agent = new web.Agent({ keepAlive: true, maxSockets: 1 });
    onTestFinished(() => agent.destroy());
    await proxy.control.setMaintenance([]);
    expect(await ask('api.example.com', '/', { agent })).toBe('200 exact');
    await proxy.control.reload();
    await proxy.control.setMaintenance(['exact@staging']);
    expect(await ask('api.example.com', '/', { agent })).toMatch(/^503 Down/);
    await proxy.control.setMaintenance(['guarded']);
    expect(await ask('api.example.com')).toBe('200 exact');
    expect(await ask('closed.test')).toBe('200 wild');
    expect(await ask('guarded.test', '/', { auth: 'tester:secret' })).toMatch(/^503 Down/);
    const { body } = await request(http, 'api.example.com', {
      headers: { 'x-forwarded-for': '1.2.3.4', forwarded: 'for=1.2.3.4' },
    });
    const seen = JSON.parse(body.slice(body.indexOf('{')));
    expect(seen).toMatchObject({
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-proto': 'http',
      'x-forwarded-host': 'api.example.com',
    });
    expect(seen.forwarded).toBeUndefined();
    const lines = proxy.output.split('\n').filter((line) => line.startsWith('{'));
    const logged = lines.map((line) => JSON.parse(line));
    expect(logged).toContainEqual(
      expect.objectContaining({ app: 'shop', slot: '1', status: 200, path: '/shop/1' }),
    );
    expect(proxy.output).not.toContain('q=2');
  });

  it('serves https for the names that have a certificate, and a new one without a reload', async () => {
    const app = await backendNamed('app');
    const ports = await freePorts(2);
    const proxy = new TestProxy();
    const domains = [
      { host: 'safe.test', redirect: null, secure: true },
      { host: 'www.safe.test', redirect: 'safe.test', secure: true },
      ...plain('plain.test'),
    ];
    const slots = slotsOf([app.port, UNUSED]);
    const apps = [proxyApp({ id: 'app', domains, slots, hstsMs: 3_600_000 })];
    const description = proxyDescription({
      http: { host: '127.0.0.1', port: ports },
      https: { host: '127.0.0.1', port: ports + 1 },
      certificates: [{ file: 'certificates/a.pem', digest: '1' }],
      apps,
    });
    proxy.folder.prepare();
    const [former, next] = [selfSigned('safe.test'), selfSigned('safe.test')];
    proxy.folder.write('certificates/a.pem', former.pem);
    await proxy.write(description, new Map([['app/1', 'ready']]));
    await proxy.start();
    const plainly = await request(ports, 'safe.test', { path: '/x' });
    expect([plainly.status, plainly.headers.location]).toEqual([308, `https://safe.test:${ports + 1}/x`]);
    expect((await request(ports, 'www.safe.test')).headers.location).toBe(`https://safe.test:${ports + 1}/`);
    expect((await request(ports, 'plain.test')).status).toBe(200);
    expect(await handshake(ports + 1, 'safe.test')).toBe(former.digest);
    expect(await handshake(ports + 1, 'other.test')).toBe('refused');
    await expect(proxy.control.replaceCertificate('certificates/a.pem', 'none')).rejects.toThrow(
      /set ssl cert/,
    );
    const { current } = await proxy.control.workers();
    await proxy.control.replaceCertificate('certificates/a.pem', next.pem);
    expect(await handshake(ports + 1, 'safe.test')).toBe(next.digest);
    expect((await proxy.control.workers()).current).toBe(current);
  });
});
