import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import tls from 'node:tls';
import { expect, onTestFinished, test } from 'vitest';
import { connect } from '../../../src/api/index.ts';
import { logLine } from '../../fixtures/api-states.ts';
import { serveDoor } from '../../fixtures/serve-door.ts';
import { makeCertificates } from '../../support/certificates.ts';
import { freePorts } from '../../support/free-port.ts';
import type { Identity } from '../../support/signing.ts';
import { temporaryFolder } from '../../support/temporary.ts';
import { waitFor } from '../../support/wait-for.ts';

const tokenIn = ({ authorization }: { authorization: string }) => authorization.slice('Bearer '.length);

/** Over TLS, with the certificate in files of their own, which a test may exchange. */
async function serveTls(identity: Identity) {
  const folder = temporaryFolder();
  const files = { cert: path.join(folder, 'tls.crt'), key: path.join(folder, 'tls.key') };
  const use = ({ cert, key }: Identity) => {
    fs.copyFileSync(cert, files.cert);
    fs.copyFileSync(key, files.key);
  };
  use(identity);
  const door = await serveDoor({ door: { public: null, tls: files, behindProxy: false } });
  const url = `https://localhost:${door.port}`;
  await waitFor('the port', () => certificateAt(door.port));
  return { ...door, url, files, use };
}

/** The fingerprint of the certificate that is shown. */
function certificateAt(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = tls.connect({ port, host: '127.0.0.1', rejectUnauthorized: false }, () => {
      resolve(socket.getPeerX509Certificate()?.fingerprint256 ?? 'none');
      socket.destroy();
    });
    socket.on('error', reject);
  });
}

test('a client with a URL and a token does what one at the socket does', async () => {
  const { port, as, backend, access } = await serveDoor();
  const [token, url] = [tokenIn(as('deployer')), `http://127.0.0.1:${port}`];
  const client = connect({ url, token, ca: null, actor: 'alice' });
  expect((await client.status({})).apps).toHaveLength(2);
  await client.restart({ app: 'shop' });
  expect(backend.calls.at(-1)?.input).toMatchObject({ caller: { trigger: 'cli', actor: 'deployer' } });
  backend.lines = [logLine('hello')];
  const lines: unknown[] = [];
  for await (const line of await client.logs({ app: 'shop', follow: false })) lines.push(line);
  expect(lines).toMatchObject([{ line: 'hello' }]);
  const file = path.join(temporaryFolder(), 'site.zip');
  fs.writeFileSync(file, 'x'.repeat(300_000));
  expect(await client.upload({ app: 'shop', file })).toMatchObject({ size_bytes: 300_000 });
  const shell = await client.shell({
    app: 'shop',
    instance: '1',
    size: null,
    variables: {},
    onOutput: async () => undefined,
  });
  backend.terminal.exit({ status: 3, signal: null });
  expect(await shell.ended).toEqual({ status: 3, signal: null });
  const [created] = access.tokens.list();
  access.tokens.revoke(created?.id ?? 0);
  const refused = { code: 'unauthenticated', message: expect.stringContaining('lets nobody in') };
  await expect(client.status({})).rejects.toMatchObject(refused);
  await expect(client.upload({ app: 'shop', file })).rejects.toMatchObject(refused);
  const again = client.shell({
    app: 'shop',
    instance: null,
    size: null,
    variables: {},
    onOutput: async () => undefined,
  });
  await expect(again).rejects.toMatchObject(refused);
});

test('a token is sent where it can be trusted to stay', async () => {
  const attempt = (url: string) => connect({ url, token: 'x', ca: null, actor: 'a' }).status({});
  for (const url of ['http://deploy.example.com', 'http://192.0.2.1:5001', 'http://127.0.0.1.example.com'])
    await expect(attempt(url), url).rejects.toMatchObject({
      code: 'usage',
      message: expect.stringContaining('over http://'),
    });
  for (const url of [
    'deploy.example.com',
    'ftp://a',
    'https://a/b',
    'https://me@a',
    'https://a?b',
    'https://',
  ])
    await expect(attempt(url), url).rejects.toMatchObject({ code: 'usage' });
  await expect(attempt('http://127.0.0.1:1')).rejects.toMatchObject({
    code: 'agent_unreachable',
    message: 'no agent answers at http://127.0.0.1:1 (ECONNREFUSED)',
  });
  const asked: (string | undefined)[] = [];
  const other = http.createServer((request, response) => {
    asked.push(request.headers.authorization);
    response.writeHead(302, { location: 'http://evil.example/' }).end();
  });
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void other.close());
  const { port } = other.address() as { port: number };
  await expect(attempt(`http://127.0.0.1:${port}`)).rejects.toMatchObject({
    message: expect.stringContaining('leads on to http://evil.example/'),
  });
});

test('the certificate is checked, and read again when its files change', async () => {
  const certificates = await makeCertificates(temporaryFolder());
  const { port, url, as, files, use, reports } = await serveTls(certificates.node);
  const token = tokenIn(as('viewer'));
  const ca = fs.readFileSync(certificates.ca, 'utf8');
  const ask = (given: { ca: string | null }) => connect({ url, token, actor: 'a', ...given }).status({});
  expect((await ask({ ca })).apps).toHaveLength(2);
  await expect(ask({ ca: null })).rejects.toMatchObject({
    code: 'certificate_refused',
    hint: expect.stringContaining('--ca FILE'),
  });
  await expect(ask({ ca: fs.readFileSync(certificates.rogueCa, 'utf8') })).rejects.toMatchObject({
    code: 'certificate_refused',
  });
  const plain = connect({ url: url.replace('https', 'http'), token, ca, actor: 'a' });
  await expect(plain.status({})).rejects.toMatchObject({
    code: 'agent_unreachable',
    hint: expect.stringContaining('https://'),
  });
  const old = tls.connect({
    port,
    host: '127.0.0.1',
    rejectUnauthorized: false,
    maxVersion: 'TLSv1.1',
    minVersion: 'TLSv1',
  });
  await expect(
    new Promise((resolve, reject) => old.on('secureConnect', resolve).on('error', reject)),
  ).rejects.toThrow(/version|protocol|alert|ECONNRESET/i);

  const first = await certificateAt(port);
  use(certificates.otherHost);
  await waitFor('the new certificate', async () => (await certificateAt(port)) !== first);
  await expect(ask({ ca })).rejects.toMatchObject({ code: 'certificate_refused' });
  const second = await certificateAt(port);
  fs.writeFileSync(files.key, 'no key');
  await waitFor('the report', () => reports.some((line) => line.includes('stays in use')));
  expect(await certificateAt(port)).toBe(second);
  use(certificates.expired);
  await waitFor('the last certificate', async () => (await certificateAt(port)) !== second);
});

test('behind TLS a browser is told to stay there, unless the name is of this machine', async () => {
  const certificates = await makeCertificates(temporaryFolder());
  const door = await serveDoor({
    door: { public: 'https://deploy.example.com', tls: certificates.node, behindProxy: false },
  });
  const headOf = async (host: string) => {
    const socket = tls.connect({ port: door.port, host: '127.0.0.1', rejectUnauthorized: false });
    socket.write(`GET /health HTTP/1.1\r\nhost: ${host}\r\n\r\n`);
    let text = '';
    for await (const chunk of socket) text += String(chunk);
    return text.toLowerCase();
  };
  const told = await waitFor('the port', () => headOf('deploy.example.com'));
  expect(told).toContain('strict-transport-security: max-age=');
  expect(await headOf('localhost')).not.toContain('strict-transport-security');
});

test('what answers without an end is not held without a limit', async () => {
  const port = await freePorts(1);
  const piece = 'x'.repeat(1024 * 1024);
  const endless = http.createServer((request, response) => {
    const isStream = request.url?.includes('/events') === true;
    response.writeHead(200, { 'content-type': isStream ? 'text/event-stream' : 'application/json' });
    const more = () => {
      while (!response.destroyed && response.write(piece));
    };
    response.on('drain', more);
    more();
  });
  await new Promise<void>((resolve) => endless.listen(port, '127.0.0.1', resolve));
  onTestFinished(() => endless.closeAllConnections());
  onTestFinished(() => void endless.close());
  const client = connect({ url: `http://127.0.0.1:${port}`, token: null, ca: null, actor: 'ada' });
  await expect(client.status({})).rejects.toMatchObject({ code: 'failed' });
  const events = await client.events({});
  await expect(events[Symbol.asyncIterator]().next()).rejects.toMatchObject({ code: 'failed' });
});
