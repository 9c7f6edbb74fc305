import fs from 'node:fs';
import { expect, test } from 'vitest';
import { loadDataDirectory } from '../../../src/config/file/index.ts';
import { loadConfiguration } from '../../../src/config/index.ts';
import { SlipwayError } from '../../../src/kernel/index.ts';
import { errorOf, fileOf, issuesOf, load, pathInTemporaryDirectory, siteFile, written } from './written.ts';

const nowhere = pathInTemporaryDirectory('nowhere.yaml');
const local = { DEPLOYEX_MONITORED_APP_NAME: 'shop', DEPLOYEX_RELEASE_ADAPTER: 'local' };

function thrownBy(load: () => unknown): SlipwayError {
  try {
    load();
  } catch (error) {
    if (error instanceof SlipwayError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

test('the default file is read where none is named', () => {
  const defaultFile = written('data: /srv/slipway\napps: []\n');
  const configuration = loadConfiguration({ file: null, env: local, defaultFile });
  expect(configuration).toMatchObject({ file: defaultFile, dataDirectory: '/srv/slipway', apps: [] });
});

test('the named file goes before the default file', () => {
  const defaultFile = written('apps: []\ndata: /default\n');
  const file = written('apps: []\ndata: /named\n');
  expect(loadConfiguration({ file, env: {}, defaultFile }).dataDirectory).toBe('/named');
});

test('the DEPLOYEX_* variables are read where there is no default file', () => {
  expect(loadConfiguration({ file: null, env: local, defaultFile: nowhere })).toMatchObject({
    file: null,
    apps: [{ name: 'shop' }],
  });
});

test('neither file nor variables: config_missing, with the next step', () => {
  const error = thrownBy(() =>
    loadConfiguration({ file: null, env: { DEPLOYEX_MONITORED_APP_NAME: '' }, defaultFile: nowhere }),
  );
  expect(error).toMatchObject({ code: 'config_missing', exitStatus: 3, next: 'slipway config schema' });
  expect(error.message).toContain(nowhere);
});

test('a named file that is not there is config_missing, also where the variables would do', () => {
  const error = thrownBy(() => loadConfiguration({ file: nowhere, env: local }));
  expect(error).toMatchObject({
    code: 'config_missing',
    message: `there is no configuration file ${nowhere}`,
  });
});

test('the file is known by its absolute path', () => {
  const file = written('apps: []');
  const relative = `.${'/..'.repeat(process.cwd().split('/').length)}${file}`;
  expect(loadConfiguration({ file: relative, env: {} }).file).toBe(file);
});

test('without further keys the host has the documented defaults', () => {
  expect(load('apps: []')).toMatchObject({
    dataDirectory: '/var/lib/slipway',
    logsDirectory: '/var/log/slipway',
    listen: { host: '127.0.0.1', port: 5001 },
    apps: [],
  });
});

test('listen takes host and port, IPv6 in brackets, and null or false for none', () => {
  const listenOf = (listen: string) => load(`apps: []\nlisten: ${listen}\nbehind_proxy: true`).listen;
  expect(listenOf('0.0.0.0:0')).toEqual({ host: '0.0.0.0', port: 0 });
  expect(listenOf('"[::1]:5001"')).toEqual({ host: '::1', port: 5001 });
  expect(listenOf('dash.example.com:80')).toEqual({ host: 'dash.example.com', port: 80 });
  expect(listenOf('null')).toBeNull();
  expect(listenOf('false')).toBeNull();
  const message = 'must be host:port such as 127.0.0.1:5001 or [::1]:5001, or null for none';
  for (const wrong of ['5001', 'true', ':5001', 'localhost', '::1:5001', '"a b:1"'])
    expect(issuesOf(`apps: []\nlisten: ${wrong}`)).toMatchObject([{ path: 'listen', line: 2, message }]);
  expect(issuesOf('apps: []\nlisten: localhost:65536')).toMatchObject([
    { path: 'listen', line: 2, column: 9, message: 'must end in a port from 0 to 65535' },
  ]);
});

test('off loopback without TLS and without a proxy is refused in words', () => {
  const wide = (listen: string, more = '') => `apps: []\nlisten: "${listen}"\n${more}`;
  for (const listen of ['0.0.0.0:5001', '[::]:5001', '192.0.2.1:5001', 'deploy.example.com:80'])
    expect(issuesOf(wide(listen))).toMatchObject([
      {
        path: 'listen',
        line: 2,
        message: expect.stringContaining('not on loopback'),
        hint: expect.stringMatching(/tls: .*behind_proxy: true/),
      },
    ]);
  for (const listen of ['127.0.0.1:1', '127.8.0.1:1', '[::1]:1', '[::ffff:127.0.0.1]:1', 'localhost:1'])
    expect(load(wide(listen)).tls).toBeNull();
  const tls = 'tls: { cert: /etc/tls.crt, key: /etc/tls.key }';
  expect(load(wide('0.0.0.0:443', tls)).tls).toEqual({ cert: '/etc/tls.crt', key: '/etc/tls.key' });
  expect(load(wide('0.0.0.0:80', 'behind_proxy: true')).behindProxy).toBe(true);
  expect(issuesOf(wide('0.0.0.0:443', 'tls: { cert: /etc/tls.crt }'))).toMatchObject([{ path: 'tls.key' }]);
});

test('public is an origin, over https but on this machine', () => {
  const publicOf = (text: string) => load(`apps: []\npublic: ${text}`).public;
  expect(publicOf('https://Deploy.Example.com:443/')).toBe('https://deploy.example.com');
  expect(publicOf('https://deploy.example.com:8443')).toBe('https://deploy.example.com:8443');
  expect(publicOf('http://localhost:5001')).toBe('http://localhost:5001');
  expect(publicOf('"http://[::1]:5001"')).toBe('http://[::1]:5001');
  for (const wrong of [
    'deploy.example.com',
    'https://a/b',
    'https://me@a',
    'ftp://a',
    'https://',
    '"https://a b"',
  ])
    expect(issuesOf(`apps: []\npublic: ${wrong}`)).toMatchObject([
      { path: 'public', message: expect.stringContaining('https://deploy.example.com') },
    ]);
  expect(issuesOf('apps: []\npublic: http://deploy.example.com')).toMatchObject([
    { path: 'public', message: 'must begin with https://' },
  ]);
});

test('data and logs are absolute and lose a slash at the end', () => {
  expect(load('apps: []\ndata: /srv/data/\nlogs: /srv//logs/../out')).toMatchObject({
    dataDirectory: '/srv/data',
    logsDirectory: '/srv/out',
  });
  expect(issuesOf('apps: []\ndata: srv\nlogs: ~/logs').map(({ path, value }) => [path, value])).toEqual([
    ['data', 'srv'],
    ['logs', '~/logs'],
  ]);
});

test('a file over 1 MB is refused before it is parsed', () => {
  const oneMegabyte = 1024 * 1024;
  const padded = (length: number) => 'apps: []\n'.padEnd(length, '#');
  expect(load(padded(oneMegabyte)).apps).toEqual([]);
  expect(issuesOf(padded(oneMegabyte + 1))).toMatchObject([
    { line: 1, column: 1, message: 'the file is larger than 1 MB' },
  ]);
});

test('an endless file ends at the limit', () => {
  expect(errorOf(() => loadConfiguration({ file: '/dev/zero', env: {} })).issues[0]?.message).toContain(
    '1 MB',
  );
});

test('a directory and a file that is no UTF-8 are named as what they are', () => {
  const directory = pathInTemporaryDirectory('directory.yaml');
  fs.mkdirSync(directory);
  expect(errorOf(() => loadConfiguration({ file: directory, env: {} })).issues).toMatchObject([
    { file: directory, line: 1, column: 1, message: 'the file is a directory' },
  ]);
  expect(issuesOf(Buffer.from('apps: []\ndata: /caf\xe9\n', 'latin1'))).toMatchObject([
    { line: 2, column: 11, message: 'the file is not UTF-8 text' },
  ]);
});

test('the data directory is found in a file that has errors elsewhere', async () => {
  const dataOf = (content: string) => loadDataDirectory({ file: written(content), env: {} });
  expect(await dataOf('data: /srv/data/\napps: 5\nnonsense: [')).toBe('/srv/data');
  expect(await dataOf('data: relative\n')).toBe('/var/lib/slipway');
  expect(await dataOf('')).toBe('/var/lib/slipway');
  await expect(loadDataDirectory({ file: nowhere, env: {} })).rejects.toMatchObject({
    code: 'config_missing',
  });
});

test('the data directory without a file is that of the variables, else the default', async () => {
  const dataOf = (env: Record<string, string>) =>
    loadDataDirectory({ file: null, env, defaultFile: nowhere });
  expect(await dataOf(local)).toBe('/tmp/deployex/varlib');
  expect(await dataOf({ DEPLOYEX_MONITORED_APP_NAME: 'shop' })).toBe('/var/lib/deployex');
  expect(await dataOf({})).toBe('/var/lib/slipway');
});

test('no secret of the file is in its errors', () => {
  const file = fileOf({
    name: 'Wrong',
    env: { DATABASE_URL: 'ecto://user:hunter22@db/shop', MY_SECRET: 'sesame99', 'BAD-TOKEN': 'abcdef1' },
    start: 'node --password=letmein8 $X',
    otp: { cookie: 'monster cookie' },
    source: { type: 'bucket', url: 'https://user:swordfish@example.com/hunter22/sesame99' },
    stop: 'sesame99',
  });
  const error = errorOf(() => load(file));
  const shown = JSON.stringify([error.message, error.hint, error.next, error.issues]);
  expect(error.issues.length).toBeGreaterThan(4);
  for (const secret of ['hunter22', 'sesame99', 'abcdef1', 'letmein8', 'monster', 'swordfish'])
    expect(shown).not.toContain(secret);
});

test('the secrets of a file, and of the environment that is handed on, are masked from then on', () => {
  loadConfiguration({
    file: written(
      fileOf({
        env: { API_TOKEN: 'opensesame', REDIS: 'redis://:horsestaple@cache/1' },
        otp: { cookie: 'chocolate' },
      }),
    ),
    env: { SECRET_KEY_BASE: 'batterycorrect' },
  });
  const { message } = new SlipwayError('failed', {
    message: 'opensesame horsestaple chocolate batterycorrect cookie',
  });
  expect(message).toBe('[redacted] [redacted] [redacted] [redacted] cookie');
});

test('the secrets of a site are masked from then on, those in files too', () => {
  const file = pathInTemporaryDirectory('shop.webhook');
  fs.writeFileSync(file, 'tigerlilies\n', { mode: 0o600 });
  load(
    siteFile({
      source: { type: 'git', url: 'https://example.com/shop.git', token: 'glpat-987' },
      webhook: { secret: { file } },
    }),
  );
  load(siteFile({ source: { type: 'git', url: 'https://me:rhubarb%26pie@example.com/shop.git' } }));
  const { message } = new SlipwayError('failed', { message: 'glpat-987 tigerlilies rhubarb&pie' });
  expect(message).toBe('[redacted] [redacted] [redacted]');
});

test("the guide's own cookie is a word, and is not masked", () => {
  load(fileOf({ otp: { cookie: 'cookie' } }));
  expect(new SlipwayError('failed', { message: 'wrong cookie' }).message).toBe('wrong cookie');
});
