import { expect, test } from 'vitest';
import { stringify } from 'yaml';
import { maskedConfiguration } from '../../../src/config/index.ts';
import { fileOf, load, siteFile } from './written.ts';

test('a configuration is shown in the words of its file, every default written out', () => {
  expect(
    maskedConfiguration(
      load(fileOf({ env: { PHX_HOST: 'example.com' }, restart: { delay: '1500ms' }, prove_after: '0ms' })),
    ),
  ).toEqual({
    data: '/var/lib/slipway',
    logs: '/var/log/slipway',
    listen: '127.0.0.1:5001',
    public: null,
    tls: null,
    secrets: null,
    behind_proxy: false,
    shell: { over_tcp: false },
    socket: null,
    log: { forward: [], agent: false },
    proxy: null,
    history: { keep: '365d', audit: '730d', max_size: '1GB' },
    signing: null,
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
        health: null,
        user: null,
        stop: { signal: 'SIGTERM', grace: '10s', to: null },
        limits: { memory: null, cpu: null, tasks: null, files: null },
        restart: { delay: '1500ms', max_delay: '5m', reset_after: '1m', max_retries: null, schedule: null },
        rollback_after: '10m',
        prove_after: '0s',
        pre_command_timeout: '10m',
        log: { max_size: '64MB', keep: 5, forward: [] },
        keep: 5,
        max_age: null,
        min_free: null,
        signing: null,
        after: [],
        cron: [],
        max_unavailable: 1,
        domains: [],
        otp: { cookie: null, connect_instances: true, upgrade_timeout: '1m', purge: 'wait', tls: null },
      },
    ],
  });
});

test('a site is shown in the words of its file, every default written out', () => {
  const { apps } = maskedConfiguration(
    load(
      siteFile({
        workers: [{ name: 'queue', command: 'php x' }],
        cron: [{ schedule: '@daily', command: 'php y' }],
        modes: { directory: '755' },
        owner: 'keep',
      }),
    ),
  );
  expect(apps).toEqual([
    {
      name: 'shop',
      environment: 'production',
      kind: 'site',
      type: null,
      domain: null,
      root: '/webroot',
      source: {
        type: 'git',
        url: 'https://example.com/shop.git',
        branch: null,
        tags: [],
        subdirectory: null,
        submodules: false,
        lfs: false,
        ssh_key: null,
        known_hosts: null,
        token: null,
        username: null,
        poll: '1m',
      },
      auto: false,
      keep_git: false,
      owner: 'keep',
      modes: { directory: '0755', file: '0664', executables: 'drop' },
      shared: ['node_modules', 'vendor'],
      assets: [],
      domains: [],
      keep: 5,
      max_age: null,
      min_free: null,
      signing: null,
      after: [],
      inherit_env: true,
      env: {},
      user: null,
      log: { max_size: '64MB', keep: 5, forward: [] },
      hooks: { timeout: '10m' },
      auto_install_composer: false,
      auto_artisan_migrations: false,
      reload: null,
      health: null,
      workers: [
        {
          name: 'queue',
          command: ['php', 'x'],
          replicas: 1,
          stop: { signal: 'SIGINT', grace: '10s', to: null },
          limits: { memory: null, cpu: null, tasks: null, files: null },
          restart: { delay: '0s', max_delay: '5m', reset_after: '1m', max_retries: null, schedule: null },
        },
      ],
      cron: [{ name: 'job-1', schedule: '@daily', command: ['php', 'y'], timeout: '1h' }],
      webhook: null,
      upload: { max_size: '512MB' },
    },
  ]);
});

test('the secrets of a site are masked', () => {
  const configuration = load(
    siteFile({
      source: { type: 'git', url: 'https://example.com/shop.git', token: 'x', username: 'me' },
      env: { API_TOKEN: 'y' },
      reload: 'curl http://me:sesameopen@127.0.0.1/reset',
      health: { url: 'http://127.0.0.1/up?token=staplehorse' },
      workers: [{ name: 'queue', command: 'php x --db=pg://me:horsestaple@db/x' }],
      cron: [{ schedule: '@daily', command: 'env API_KEY=batterycorrect php y' }],
      webhook: { secret: 'swordfish' },
    }),
  );
  expect((maskedConfiguration(configuration).apps as unknown[])[0]).toMatchObject({
    source: { url: 'https://example.com/shop.git', token: '[redacted]', username: 'me' },
    env: { API_TOKEN: '[redacted]' },
    reload: ['curl', 'http://me:[redacted]@127.0.0.1/reset'],
    health: { url: 'http://127.0.0.1/up?token=[redacted]' },
    workers: [{ command: ['php', 'x', '--db=pg://me:[redacted]@db/x'] }],
    cron: [{ command: ['env', 'API_KEY=[redacted]', 'php', 'y'] }],
    webhook: { secret: '[redacted]' },
  });
  expect(configuration.apps[0]).toMatchObject({
    source: { token: 'x' },
    webhook: { secret: 'swordfish' },
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
  expect(app?.otp).toEqual({
    cookie: '[redacted]',
    connect_instances: true,
    upgrade_timeout: '1m',
    purge: 'wait',
    tls: null,
  });
  expect(configuration.apps[0]?.env.API_TOKEN).toBe('x');
});

test('what is shown is a file that means the same', () => {
  const configuration = load(`
listen: "[::1]:0"
public: https://deploy.example.com/
tls: { cert: /etc/tls.crt, key: /etc/tls.key }
behind_proxy: true
shell: { over_tcp: true }
apps:
  - name: shop
    kind: service
    runtime: command
    start: { sh: [cd app, exec node server.js] }
    source: { type: bucket, url: file:///srv/shop, poll: 0.25s }
    ready: { alive: 90s, timeout: 100s }
    log: { max_size: 1.5MB, forward: [] }
    restart: { max_delay: 36h, reset_after: 1d }
  - name: api
    kind: service
    runtime: erlang
    source: { type: bucket, url: gs://api }
    port: 4000
    ready: { http: /health }
    otp: { tls: { cert: /c, key: /k, ca: /a } }
  - name: cms
    kind: service
    runtime: elixir
    source: { type: upload }
    max_age: 90d
    min_free: 1.5GB
  - name: shop
    kind: site
    environment: staging
    source: { type: git, url: git@example.com:shop.git, tags: ['^v\\d+'], ssh_key: /k, known_hosts: /h, poll: 30s }
    modes: { directory: "755", file: "644" }
    reload: systemctl reload "php fpm"
    health: { url: "http://127.0.0.1/" }
    workers: [{ name: queue, command: { sh: [cd app, exec php x] }, replicas: 2 }]
    cron: [{ schedule: "*/5 * * * *", command: php y }, { schedule: "@daily", command: php z, timeout: 90s }]
  - name: blog
    kind: site
    owner: keep
    source: { type: upload }
    upload: { max_size: 1.5MB }
`);
  const again = load(stringify(maskedConfiguration(configuration)));
  expect({ ...again, file: null }).toEqual({ ...configuration, file: null });
  expect(maskedConfiguration(load('apps: []\nlisten: null'))).toMatchObject({ listen: null });
});
