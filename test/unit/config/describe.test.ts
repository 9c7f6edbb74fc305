import { expect, test } from 'vitest';
import { stringify } from 'yaml';
import { maskedConfiguration } from '../../../src/config/index.ts';
import { fileOf, load } from './written.ts';

test('a configuration is shown in the words of its file, every default written out', () => {
  expect(
    maskedConfiguration(
      load(fileOf({ env: { PHX_HOST: 'example.com' }, restart: { delay: '1500ms' }, prove_after: '0ms' })),
    ),
  ).toEqual({
    data: '/var/lib/slipway',
    logs: '/var/log/slipway',
    listen: '127.0.0.1:5001',
    apps: [
      {
        name: 'shop',
        environment: 'production',
        kind: 'service',
        runtime: 'elixir',
        source: { type: 'bucket', url: '/srv/releases/shop', poll: '5s' },
        replicas: 3,
        auto: true,
        inherit_env: true,
        port: 4000,
        env: { PHX_HOST: 'example.com' },
        ready: { tcp: true, timeout: '1m' },
        user: null,
        stop: { signal: 'SIGTERM', grace: '10s' },
        restart: { delay: '1500ms', max_delay: '5m', reset_after: '1m', max_retries: null },
        rollback_after: '10m',
        prove_after: '0s',
        pre_command_timeout: '10m',
        log: { max_size: '64MB', keep: 5 },
        keep: 5,
        max_unavailable: 1,
        otp: { cookie: null, tls: null },
      },
    ],
  });
});

test('secrets are masked: by name, in URLs and arguments, and the cookie', () => {
  const configuration = load(
    fileOf({
      runtime: 'command',
      start: 'node x.js --db=pg://me:sesameopen@db/x',
      env: {
        API_TOKEN: 'x',
        DATABASE_URL: 'ecto://db',
        CACHE: 'redis://:horsestaple@cache/1',
        PHX_HOST: 'example.com',
      },
      otp: { cookie: 'cookie' },
    }),
  );
  const [app] = maskedConfiguration(configuration).apps as Record<string, unknown>[];
  expect(app?.env).toEqual({
    API_TOKEN: '[redacted]',
    DATABASE_URL: '[redacted]',
    CACHE: 'redis://:[redacted]@cache/1',
    PHX_HOST: 'example.com',
  });
  expect(app?.start).toEqual(['node', 'x.js', '--db=pg://me:[redacted]@db/x']);
  expect(app?.otp).toEqual({ cookie: '[redacted]', tls: null });
  expect(configuration.apps[0]?.env.API_TOKEN).toBe('x');
});

test('what is shown is a file that means the same', () => {
  const configuration = load(`
listen: "[::1]:0"
apps:
  - name: shop
    kind: service
    runtime: command
    start: { sh: [cd app, exec node server.js] }
    source: { type: bucket, url: file:///srv/shop, poll: 0.25s }
    ready: { alive: 90s, timeout: 100s }
    log: { max_size: 1.5MB }
    restart: { max_delay: 36h, reset_after: 1d }
  - name: api
    kind: service
    runtime: erlang
    source: { type: bucket, url: gs://api }
    port: 4000
    ready: { http: /health }
    otp: { tls: { cert: /c, key: /k, ca: /a } }
`);
  const again = load(stringify(maskedConfiguration(configuration)));
  expect({ ...again, file: null }).toEqual({ ...configuration, file: null });
  expect(maskedConfiguration(load('apps: []\nlisten: null'))).toMatchObject({ listen: null });
});
