import { expect, test } from 'vitest';
import { changedApps } from '../../../src/config/index.ts';
import { fileOf, load, siteFile } from './written.ts';

const COMMAND = { runtime: 'command', start: 'node a.js' };

function changeOf(before: Record<string, unknown>, after: Record<string, unknown>) {
  return changedApps(load(fileOf(before)), load(fileOf(after))).shop;
}

test('apps are added, removed, changed or unchanged', () => {
  const before = load(fileOf({ port: 4000 }, { name: 'api', port: 4100 }, { name: 'gone', port: 4200 }));
  const after = load(
    fileOf({ name: 'new', port: 4300 }, { name: 'api', port: 4100 }, { port: 4000, replicas: 2 }),
  );
  expect(changedApps(before, after)).toEqual({
    shop: { restart: false, changed: ['replicas'] },
    api: 'unchanged',
    gone: 'removed',
    new: 'added',
  });
});

test('what is written otherwise but means the same is unchanged', () => {
  expect(changeOf({}, { replicas: 3, stop: { grace: '10000ms' }, ready: { tcp: true, timeout: '1m' } })).toBe(
    'unchanged',
  );
  expect(changeOf({ env: { A: '1', B: '2' } }, { env: { B: 2, A: 1 } })).toBe('unchanged');
});

test('an app whose nodes are called otherwise, for another of its name has come, is restarted', () => {
  const staging = { environment: 'staging', port: 4100 };
  const [before, after] = [load(fileOf(staging)), load(fileOf(staging, { port: 4000 }))];
  expect(changedApps(before, after)).toEqual({
    'shop@staging': { restart: true, changed: ['env.RELEASE_NODE'] },
    shop: 'added',
  });
  expect(changedApps(load(fileOf({ port: 4000 })), after)).toEqual({
    'shop@staging': 'added',
    shop: 'unchanged',
  });
});

test.each<[string, Record<string, unknown>, Record<string, unknown>]>([
  ['runtime', {}, { runtime: 'erlang' }],
  ['start', COMMAND, { ...COMMAND, start: 'node b.js' }],
  ['inherit_env', {}, { inherit_env: false }],
  ['port', {}, { port: 4001 }],
  ['env', { env: { A: 1 } }, { env: { A: 2 } }],
  ['user', {}, { user: 'deployer' }],
  ['release', {}, { release: 'web' }],
  ['otp.cookie', {}, { otp: { cookie: 'x' } }],
])('a change of %s restarts the instances', (key, before, after) => {
  expect(changeOf(before, after)).toEqual({ restart: true, changed: [key] });
});

test.each<[string, Record<string, unknown>]>([
  ['source', { source: { type: 'bucket', url: '/srv/releases/shop', poll: '1s' } }],
  ['replicas', { replicas: 4 }],
  ['auto', { auto: false }],
  ['ready', { ready: { http: '/' } }],
  ['health', { health: { http: '/health' } }],
  ['stop', { stop: { grace: '1s' } }],
  ['restart', { restart: { max_retries: 1 } }],
  ['restart', { restart: { schedule: '@daily' } }],
  ['cron', { cron: [{ schedule: '@daily', command: 'x' }] }],
  ['replicas', { replicas: 0 }],
  ['rollback_after', { rollback_after: '1m' }],
  ['prove_after', { prove_after: '1m' }],
  ['pre_command_timeout', { pre_command_timeout: '1m' }],
  ['log', { log: { keep: 1 } }],
  ['keep', { keep: 1 }],
  ['max_age', { max_age: '90d' }],
  ['min_free', { min_free: '1GB' }],
  ['max_unavailable', { max_unavailable: 2 }],
  ['environment', { environment: 'prod' }],
  ['otp.tls', { otp: { tls: { cert: '/a', key: '/b', ca: '/c' } } }],
])('a change of %s restarts nothing', (key, after) => {
  expect(changeOf({}, after)).toEqual({ restart: false, changed: [key] });
});

test('a port taken away changes the default readiness too', () => {
  expect(changeOf({}, { port: null })).toEqual({ restart: true, changed: ['port', 'ready'] });
  expect(changeOf(COMMAND, {})).toEqual({ restart: true, changed: ['runtime', 'start'] });
});

const QUEUE = { name: 'queue', command: 'php a' };
const SOCKET = { name: 'socket', command: 'node b' };

function changeOfSite(before: Record<string, unknown>, after: Record<string, unknown>) {
  return changedApps(load(siteFile(before)), load(siteFile(after))).shop;
}

test.each<[string, Record<string, unknown>, Record<string, unknown>]>([
  ['env', { env: { A: 1 } }, { env: { A: 2 } }],
  ['inherit_env', {}, { inherit_env: false }],
  ['user', {}, { user: 'deployer' }],
  ['workers', { workers: [SOCKET, QUEUE] }, { workers: [{ ...QUEUE, command: 'php c' }, SOCKET] }],
])('a change of %s restarts the workers of a site', (key, before, after) => {
  expect(changeOfSite(before, after)).toEqual({ restart: true, changed: [key] });
});

test.each<[string, Record<string, unknown>]>([
  ['type', { type: 'laravel' }],
  ['domain', { domain: 'example.com' }],
  ['root', { root: '/srv/shop' }],
  ['source', { source: { type: 'git', url: 'https://example.com/shop.git', branch: 'main' } }],
  ['source', { source: { type: 'upload' } }],
  ['auto', { auto: true }],
  ['keep_git', { keep_git: true }],
  ['owner', { owner: 'keep' }],
  ['modes', { modes: { file: '0640' } }],
  ['shared', { shared: [] }],
  ['assets', { assets: ['public/build'] }],
  ['hooks', { hooks: { timeout: '1m' } }],
  ['auto_install_composer', { auto_install_composer: true }],
  ['auto_artisan_migrations', { auto_artisan_migrations: true }],
  ['reload', { reload: 'x' }],
  ['health', { health: { url: 'http://localhost/' } }],
  ['workers', { workers: [QUEUE] }],
  ['workers', { workers: [SOCKET, QUEUE] }],
  ['workers', { workers: [{ ...SOCKET, replicas: 2, stop: { grace: '1s' } }] }],
  ['workers', { workers: [] }],
  ['workers', { workers: [{ ...SOCKET, replicas: 0, restart: { schedule: '@daily' } }] }],
  ['cron', { cron: [{ schedule: '@daily', command: 'x' }] }],
  ['webhook', { webhook: { secret: 'sesame9' } }],
  ['upload', { upload: { max_size: '1GB' } }],
  ['log', { log: { keep: 1 } }],
  ['keep', { keep: 1 }],
  ['max_age', { max_age: '90d' }],
  ['min_free', { min_free: '1GB' }],
  ['environment', { environment: 'prod' }],
])('a change of %s restarts no worker of a site: %j', (key, after) => {
  expect(changeOfSite({ workers: [SOCKET] }, { workers: [SOCKET], ...after })).toEqual({
    restart: false,
    changed: [key],
  });
});

test('a secret that changed is a change', () => {
  const site = (secret: string) => ({ webhook: { secret } });
  expect(changeOfSite(site('sesame8'), site('sesame8'))).toBe('unchanged');
  expect(changeOfSite(site('sesame8'), site('sesame9'))).toEqual({ restart: false, changed: ['webhook'] });
});

test('an app that becomes one of another kind restarts', () => {
  const change = changedApps(load(fileOf({})), load(siteFile({}))).shop;
  expect(change).toMatchObject({ restart: true, changed: expect.arrayContaining(['kind']) });
});
