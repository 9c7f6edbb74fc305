import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { serveDoor } from '../../fixtures/serve-door.ts';
import { temporaryFolder } from '../../support/temporary.ts';

function pagesFolder(): string {
  const folder = path.join(temporaryFolder(), 'web');
  fs.mkdirSync(path.join(folder, 'assets'), { recursive: true });
  const files = {
    'index.html': '<!doctype html>pages',
    'index.html.br': 'packed by brotli',
    'console.html': '<!doctype html>console',
    'assets/index-abc123.js': 'run()',
    'assets/index-abc123.js.gz': 'packed by gzip',
    'secret.txt': 'not for you',
  };
  for (const [name, text] of Object.entries(files)) fs.writeFileSync(path.join(folder, name), text);
  fs.writeFileSync(path.join(folder, '../outside.js'), 'not for you');
  fs.symlinkSync('../../outside.js', path.join(folder, 'assets/link.js'));
  return folder;
}

async function get(
  port: number,
  target: string,
  given: { method?: string; headers?: http.OutgoingHttpHeaders } = {},
) {
  return await new Promise<{ status: number; headers: http.IncomingHttpHeaders; text: string }>(
    (resolve, reject) => {
      const request = http.request({ port, host: '127.0.0.1', path: target, ...given }, async (response) => {
        const { statusCode = 0, headers } = response;
        resolve({ status: statusCode, headers, text: String(await buffer(response)) });
      });
      request.on('error', reject).end();
    },
  );
}

test('every page is one document with a strict policy, the console another one', async () => {
  const { port } = await serveDoor({ pagesDirectory: pagesFolder() });
  for (const page of [
    '/',
    '/apps/shop%40staging',
    '/apps/shop/instances/queue.1',
    '/deployments/7?step=2',
    '/log-in?next=/apps/shop',
    '/invitation',
    '/timeline',
    '/api',
  ]) {
    const { status, headers, text } = await get(port, page);
    expect({ page, status, text }).toEqual({ page, status: 200, text: '<!doctype html>pages' });
    const policy = String(headers['content-security-policy']);
    for (const part of [
      "default-src 'none'",
      "script-src 'self';",
      "require-trusted-types-for 'script'",
      "frame-ancestors 'none'",
    ])
      expect(policy).toContain(part);
    expect(policy).not.toMatch(/unsafe|\*|http/);
    expect(headers).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-cache',
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cross-origin-opener-policy': 'same-origin',
    });
    expect(headers['strict-transport-security']).toBeUndefined();
  }
  const console = await get(port, '/console?app=shop');
  expect(console.text).toContain('console');
  expect(console.headers['content-security-policy']).toContain("style-src 'self' 'unsafe-inline'");
  expect(console.headers['content-security-policy']).toContain("script-src 'self';");
});

test('assets are kept for good, come packed to who can unpack them, and once', async () => {
  const { port } = await serveDoor({ pagesDirectory: pagesFolder() });
  const asset = await get(port, '/assets/index-abc123.js');
  expect(asset).toMatchObject({ status: 200, text: 'run()' });
  expect(asset.headers['cache-control']).toBe('public, max-age=31536000, immutable');
  const packed = await get(port, '/assets/index-abc123.js', { headers: { 'accept-encoding': 'br, gzip' } });
  expect(packed).toMatchObject({ text: 'packed by gzip', headers: { 'content-encoding': 'gzip' } });
  const document = await get(port, '/', { headers: { 'accept-encoding': 'gzip, deflate, br, zstd' } });
  expect(document).toMatchObject({ text: 'packed by brotli', headers: { 'content-encoding': 'br' } });
  const { etag } = document.headers;
  const again = await get(port, '/', { headers: { 'accept-encoding': 'br', 'if-none-match': String(etag) } });
  expect(again).toMatchObject({ status: 304, text: '' });
  expect(await get(port, '/', { method: 'HEAD' })).toMatchObject({
    status: 200,
    text: '',
    headers: { 'content-length': '20' },
  });
});

test('nothing but what the pages consist of is served to strangers', async () => {
  const { port } = await serveDoor({ pagesDirectory: pagesFolder() });
  for (const target of [
    '/secret.txt',
    '/index.html',
    '/assets/../secret.txt',
    '/assets/%2e%2e/secret.txt',
    '/assets/..%2fsecret.txt',
    '/assets//index-abc123.js',
    '//assets/index-abc123.js',
    '/assets/',
    '/apps/a/b/../../../secret.txt',
    '/apps//instances/1',
    '/console/',
  ])
    expect((await get(port, target)).status, target).toBe(401);
  for (const target of ['/assets/nope.js', '/assets/link.js', '/assets/..', '/assets/toString'])
    expect([401, 404], target).toContain((await get(port, target)).status);
  expect((await get(port, '/', { method: 'POST' })).status).toBe(401);
});

test('who asks for a page that there is not is told so by the pages, and a program by the API', async () => {
  const { port } = await serveDoor({ pagesDirectory: pagesFolder() });
  const headers = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8', 'if-none-match': '*' };
  for (const target of ['/nowhere', '/secret.txt', '/apps//instances/1', '/console/']) {
    const { status, text, headers: got } = await get(port, target, { headers });
    expect({ target, status, text }).toEqual({ target, status: 404, text: '<!doctype html>pages' });
    expect(got['content-security-policy']).toContain("script-src 'self';");
  }
  for (const target of ['/api/v1/nowhere', '/api/v1/status'])
    expect((await get(port, target, { headers })).status, target).toBe(401);
  expect((await get(port, '/assets/nope.js', { headers })).headers['content-type']).toContain('json');
  expect((await get(port, '/nowhere', { headers, method: 'POST' })).status).toBe(401);
});

test('a new build is noticed, and one that is not there told', async () => {
  const folder = pagesFolder();
  const { port, reports } = await serveDoor({ pagesDirectory: folder });
  expect((await get(port, '/')).text).toContain('pages');
  fs.writeFileSync(path.join(folder, 'assets/index-def456.js'), 'new()');
  fs.writeFileSync(path.join(folder, 'new.html'), '<!doctype html>newer');
  fs.renameSync(path.join(folder, 'new.html'), path.join(folder, 'index.html'));
  expect((await get(port, '/')).text).toContain('newer');
  expect((await get(port, '/assets/index-def456.js')).text).toBe('new()');
  fs.rmSync(folder, { recursive: true });
  expect((await get(port, '/')).status).toBe(404);
  expect(reports).toEqual([expect.stringContaining('The pages cannot be read')]);
});
