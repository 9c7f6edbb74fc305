import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { freePorts } from '../../support/free-port.ts';
import { request } from '../../support/haproxy.ts';
import { startNginx } from '../../support/nginx.ts';
import { SiteWorkshop } from '../../support/site.ts';
import { SELDOM, waitFor } from '../../support/wait-for.ts';

const NAME = 'shop.example.com';

/** The example for nginx behind the proxy in docs/web-servers.md, with the paths and ports of a test. */
function example(root: string, port: number): string {
  const page = fs.readFileSync(path.join(import.meta.dirname, '../../../docs/web-servers.md'), 'utf8');
  const behind = page.slice(page.indexOf('## Behind the proxy'));
  const text = /```nginx\n([\s\S]*?)```/.exec(behind)?.[1] ?? '';
  for (const needed of ['127.0.0.1:8080', '/webroot', 'include fastcgi_params'])
    expect(text).toContain(needed);
  return text
    .replaceAll('/webroot', root)
    .replaceAll('127.0.0.1:8080', `127.0.0.1:${port}`)
    .replaceAll('include fastcgi_params', 'include /etc/nginx/fastcgi_params')
    .replace(
      '    location / {',
      '    location = /who { return 200 "$remote_addr $slipway_https"; }\n\n    location / {',
    );
}

test('a site is reached through the proxy by its address, and is in maintenance as services are', async () => {
  const [web, http] = [await freePorts(1), await freePorts(1)];
  const site = await SiteWorkshop.make({
    site: {
      shared: [],
      domains: [NAME, { host: 'www.example.com', redirect: NAME }],
      upstream: `127.0.0.1:${web}`,
      max_body: '10B',
    },
  });
  const { workshop } = site;
  workshop.host = { proxy: { http: `127.0.0.1:${http}` } };
  workshop.configure({});
  site.repository.push({ 'public/index.html': 'one' });
  await workshop.start();
  expect((await site.deploy()).state).toBe('succeeded');
  const ask = async (at = '/', host = NAME, more: Parameters<typeof request>[2] = {}) => {
    const { status, body, headers } = await request(http, host, { path: at, ...more });
    return `${status} ${headers.location ?? body.split('\n')[0]}`;
  };
  await waitFor('the proxy to listen', async () => (await ask('/', 'other.test')).startsWith('404'), SELDOM);
  // Nobody is there yet: the request is kept until somebody is.
  const kept = ask();
  await startNginx(workshop.folder, { port: web, servers: example(site.root, web) });
  expect(await kept).toBe('200 one');
  // The proxy's own word on the visitor, and not the visitor's.
  const lying = {
    headers: { 'x-real-ip': '1.2.3.4', 'x-forwarded-proto': 'https' },
    localAddress: '127.0.0.7',
  };
  expect(await ask('/who', NAME, lying)).toBe('200 127.0.0.7 ');
  expect(await ask('/a', 'www.example.com')).toBe(`308 http://${NAME}/a`);
  expect(await ask('/', NAME, { method: 'POST', body: 'more than ten' })).toMatch(/^413/);

  const client = await workshop.client();
  const { message } = await client.setMaintenance({ app: 'shop', on: true });
  expect(message).toContain('the proxy answers 503');
  expect(await ask()).toMatch(/^503 <!doctype html>/);
  expect(fs.existsSync(site.file('maintenance.html'))).toBe(false);
  expect(await workshop.app()).toMatchObject({ maintenance: true, state: 'running' });
  site.repository.push({ 'public/index.html': 'two' });
  expect((await site.deploy()).state).toBe('succeeded');
  await workshop.kill();
  expect(await ask()).toMatch(/^503/);
  await workshop.start();
  await (await workshop.client()).setMaintenance({ app: 'shop', on: false });
  expect(await ask()).toBe('200 two');
  expect(await workshop.app()).toMatchObject({ maintenance: false });
});
