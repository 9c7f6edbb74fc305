import { expect, test } from 'vitest';
import { changedApps } from '../../../src/config/index.ts';
import { fileOf, load } from './written.ts';

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

test.each<[string, Record<string, unknown>, Record<string, unknown>]>([
  ['runtime', {}, { runtime: 'erlang' }],
  ['start', COMMAND, { ...COMMAND, start: 'node b.js' }],
  ['inherit_env', {}, { inherit_env: false }],
  ['port', {}, { port: 4001 }],
  ['env', { env: { A: 1 } }, { env: { A: 2 } }],
  ['user', {}, { user: 'deployer' }],
  ['otp.cookie', {}, { otp: { cookie: 'x' } }],
])('a change of %s restarts the instances', (key, before, after) => {
  expect(changeOf(before, after)).toEqual({ restart: true, changed: [key] });
});

test.each<[string, Record<string, unknown>]>([
  ['source', { source: { type: 'bucket', url: '/srv/releases/shop', poll: '1s' } }],
  ['replicas', { replicas: 4 }],
  ['auto', { auto: false }],
  ['ready', { ready: { http: '/' } }],
  ['stop', { stop: { grace: '1s' } }],
  ['restart', { restart: { max_retries: 1 } }],
  ['rollback_after', { rollback_after: '1m' }],
  ['prove_after', { prove_after: '1m' }],
  ['pre_command_timeout', { pre_command_timeout: '1m' }],
  ['log', { log: { keep: 1 } }],
  ['keep', { keep: 1 }],
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
