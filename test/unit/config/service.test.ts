import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { idOf } from '../../../src/config/index.ts';
import { temporaryFolder } from '../../support/temporary.ts';
import { errorsOf, fileOf, issuesOf, load, loadApp, UNROUTED } from './written.ts';

const KEY = 'RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3';

test('an app of which only the necessary is said has the documented defaults', () => {
  const { apps } = load(`apps:
  - name: shop
    kind: service
    runtime: elixir
    source: { type: bucket, url: /srv/releases/shop }
`);
  expect(apps).toEqual([
    {
      kind: 'service',
      id: 'shop',
      name: 'shop',
      environment: 'production',
      runtime: 'elixir',
      release: null,
      start: null,
      source: { type: 'bucket', url: '/srv/releases/shop', pollMs: 5000 },
      replicas: 3,
      auto: true,
      inheritEnv: true,
      port: null,
      env: {},
      ready: { kind: 'alive', forMs: 5000, timeoutMs: 60_000 },
      health: null,
      user: null,
      stop: { signal: 'SIGTERM', graceMs: 10_000, to: null },
      limits: { memoryBytes: null, cpuPercent: null, tasks: null, files: null },
      restart: { delayMs: 0, maxDelayMs: 300_000, resetAfterMs: 60_000, maxRetries: null, schedule: null },
      rollbackAfterMs: 600_000,
      proveAfterMs: 30_000,
      preCommandTimeoutMs: 600_000,
      log: { maxSizeBytes: 64 * 1024 * 1024, keep: 5, forward: [] },
      keep: 5,
      maxAgeMs: null,
      minFreeBytes: null,
      after: [],
      cron: [],
      signing: null,
      maxUnavailable: 1,
      ...UNROUTED,
      otp: {
        names: { node: 'shop', suffix: '' },
        cookie: null,
        connectInstances: true,
        upgradeTimeoutMs: 60_000,
        purge: 'wait',
        tls: null,
      },
    },
  ]);
});

test('every key is compiled, with its unit', () => {
  const app = loadApp({
    name: 'api_2',
    environment: 'staging',
    runtime: 'command',
    start: 'node server.js',
    source: { type: 'bucket', url: 's3://api-staging/packages/', poll: '1.5s' },
    replicas: 2,
    auto: false,
    inherit_env: false,
    port: 8080,
    env: { PHX_HOST: 'example.com', RELEASE_COOKIE: 'chocolate', _x1: 'two\nlines' },
    ready: { http: '/health?deep=1', timeout: '90s' },
    health: { http: '/alive', every: '1m', timeout: '1500ms', failures: 5 },
    user: 'deploy.er',
    stop: { signal: 'SIGINT', grace: '0s', to: 'all' },
    limits: { memory: '512MB', cpu: '200%', tasks: 500, files: 65_536 },
    restart: { delay: '250ms', max_delay: '1h', reset_after: '2d', max_retries: 0, schedule: '0 4 * * *' },
    rollback_after: '5m',
    prove_after: '0ms',
    pre_command_timeout: '1h',
    log: { max_size: '1.5MB', keep: 1 },
    keep: 2,
    max_age: '90d',
    min_free: '5GB',
    signing: { keys: [KEY] },
    cron: [{ schedule: '@daily', command: 'node report.js', timeout: '1m' }],
    max_unavailable: 2,
    otp: { tls: { cert: '/tls/a.crt', key: '/tls/a.key', ca: '/tls/ca.crt' } },
  });
  expect(app).toEqual({
    kind: 'service',
    id: 'api_2@staging',
    name: 'api_2',
    environment: 'staging',
    runtime: 'command',
    release: null,
    start: ['node', 'server.js'],
    source: { type: 'bucket', url: 's3://api-staging/packages', pollMs: 1500 },
    replicas: 2,
    auto: false,
    inheritEnv: false,
    port: 8080,
    env: { PHX_HOST: 'example.com', RELEASE_COOKIE: 'chocolate', _x1: 'two\nlines' },
    ready: { kind: 'http', path: '/health?deep=1', timeoutMs: 90_000 },
    health: { question: { kind: 'http', path: '/alive' }, everyMs: 60_000, timeoutMs: 1500, failures: 5 },
    user: 'deploy.er',
    stop: { signal: 'SIGINT', graceMs: 0, to: 'all' },
    limits: { memoryBytes: 536_870_912, cpuPercent: 200, tasks: 500, files: 65_536 },
    restart: {
      delayMs: 250,
      maxDelayMs: 3_600_000,
      resetAfterMs: 172_800_000,
      maxRetries: 0,
      schedule: '0 4 * * *',
    },
    rollbackAfterMs: 300_000,
    proveAfterMs: 0,
    preCommandTimeoutMs: 3_600_000,
    log: { maxSizeBytes: 1.5 * 1024 * 1024, keep: 1, forward: [] },
    keep: 2,
    maxAgeMs: 7_776_000_000,
    minFreeBytes: 5 * 1024 ** 3,
    after: [],
    cron: [{ name: 'job-1', schedule: '@daily', command: ['node', 'report.js'], timeoutMs: 60_000 }],
    signing: [KEY],
    maxUnavailable: 2,
    ...UNROUTED,
    rollOut: { ...UNROUTED.rollOut, batch: 2, sparePort: 8180 },
    otp: {
      names: { node: 'api_2', suffix: '' },
      cookie: null,
      connectInstances: true,
      upgradeTimeoutMs: 60_000,
      purge: 'wait',
      tls: { cert: '/tls/a.crt', key: '/tls/a.key', ca: '/tls/ca.crt' },
    },
  });
});

test('readiness is tcp where there is a port, and each way can be said', () => {
  const readyOf = (app: Record<string, unknown>) => loadApp(app).ready;
  expect(readyOf({})).toEqual({ kind: 'tcp', timeoutMs: 60_000 });
  expect(readyOf({ ready: { tcp: true, timeout: '5s' } })).toEqual({ kind: 'tcp', timeoutMs: 5000 });
  expect(readyOf({ port: null, ready: { alive: '2s' } })).toEqual({
    kind: 'alive',
    forMs: 2000,
    timeoutMs: 60_000,
  });
});

test('the id is the name in production, else name@environment', () => {
  expect(['prod', 'production', 'staging'].map((environment) => idOf('shop', environment))).toEqual([
    'shop',
    'shop',
    'shop@staging',
  ]);
});

test('start is a command line, a list of arguments or lines for a shell', () => {
  const startOf = (start: unknown) => loadApp({ runtime: 'command', start }).start;
  expect(startOf(`node "my server.js" --title 'Our shop'`)).toEqual([
    'node',
    'my server.js',
    '--title',
    'Our shop',
  ]);
  expect(startOf(['node', 'server.js', '', '$HOME'])).toEqual(['node', 'server.js', '', '$HOME']);
  expect(startOf({ sh: ['cd app', 'exec node server.js'] })).toEqual([
    '/bin/sh',
    '-e',
    '-c',
    'cd app\nexec node server.js',
  ]);
});

test('a directory can be said as a file URL, and URLs lose their last slash', () => {
  const urlOf = (url: string) => {
    const { source } = loadApp({ source: { type: 'bucket', url } });
    return source.type === 'bucket' ? source.url : null;
  };
  expect(urlOf('file:///srv/my%20releases/')).toBe('/srv/my releases');
  expect(urlOf('/srv/../srv/shop/')).toBe('/srv/shop');
  expect(urlOf('s3://shop-prod-distribution')).toBe('s3://shop-prod-distribution');
  expect(urlOf('gs://shop/a/b/')).toBe('gs://shop/a/b');
});

test('releases of a service may be archives that are sent', () => {
  expect(loadApp({ source: { type: 'upload' } }).source).toEqual({ type: 'upload' });
});

const DURATION = 'must be a duration such as 500ms, 5s, 10m or 1h';
const NAME = 'must be a name of a-z, 0-9, _ and -, the first a letter, 100 at most';
const COMMAND = 'must be a command line, a list of arguments, or { sh: [lines] }';
const COMMAND_HINT = 'put it into single quotes, write a list of arguments, or { sh: [lines] } for a shell';
const URL =
  'must be a directory (/srv/releases/shop, file:///srv/releases/shop), s3://bucket/prefix, gs://bucket/prefix or https://host/path';
const ENV_VALUE = 'must be text, a number, true or false';

test.each<[Record<string, unknown>, string]>([
  [{ name: 'Shop' }, `name: ${NAME}`],
  [{ name: '1shop' }, `name: ${NAME}`],
  [{ name: 'a/b' }, `name: ${NAME}`],
  [{ name: 'a'.repeat(101) }, `name: ${NAME}`],
  [{ name: 'A'.repeat(101) }, `name: ${NAME}`],
  [{ name: 5 }, `name: ${NAME}`],
  [{ name: undefined }, `name: is required: ${NAME.slice('must be '.length)}`],
  [{ environment: 'prod@1' }, `environment: ${NAME}`],
  [{ kind: undefined }, 'kind: is required: one of service, site'],
  [{ kind: 'servise' }, 'kind: must be one of service, site - did you mean "service"?'],
  [{ runtime: undefined }, 'runtime: is required: one of elixir, erlang, command'],
  [{ runtime: 'erlnag' }, 'runtime: must be one of elixir, erlang, command - did you mean "erlang"?'],
  [{ runtime: 'command' }, 'start: is required: runtime command needs to know what to run'],
  [
    { start: 'node x' },
    'start: is for runtime command; elixir releases start by bin/<release> - take it away, or write runtime: command',
  ],
  [
    { runtime: 'erlang', start: 'x' },
    'start: is for runtime command; erlang releases start by bin/<release> - take it away, or write runtime: command',
  ],
  [{ runtime: 'command', start: '' }, `start: names no program - ${COMMAND_HINT}`],
  [
    { runtime: 'command', start: 'node $PORT' },
    `start: holds a $variable, which only a shell replaces - ${COMMAND_HINT}`,
  ],
  [{ runtime: 'command', start: 'a\0b' }, 'start: must be text without NUL characters'],
  [{ runtime: 'command', start: [] }, `start: ${COMMAND}`],
  [{ runtime: 'command', start: [''] }, 'start: must name a program first'],
  [{ runtime: 'command', start: ['node', 5] }, `start: ${COMMAND}`],
  [{ runtime: 'command', start: ['node', 'a\0'] }, 'start[1]: must be text without NUL characters'],
  [{ runtime: 'command', start: { sh: 'node' } }, `start: ${COMMAND}`],
  [{ runtime: 'command', start: { sh: ['x'], bash: 1 } }, 'start.bash: unknown key - did you mean "sh"?'],
  [{ source: undefined }, 'source: is required: a mapping'],
  [{ source: '/srv' }, 'source: must be a mapping'],
  [{ source: { type: 'git', url: 5, branch: 'x' } }, 'source.type: must be one of bucket, upload'],
  [
    { source: { type: 'buckt', url: '/srv' } },
    'source.type: must be one of bucket, upload - did you mean "bucket"?',
  ],
  [{ source: { url: '/srv' } }, 'source.type: is required: one of bucket, upload'],
  [{ source: { type: 'upload', url: '/srv' } }, 'source.url: unknown key - known keys: type'],
  [{ source: { type: 'bucket' } }, `source.url: is required: ${URL.slice('must be '.length)}`],
  [{ source: { type: 'bucket', url: 'srv/releases' } }, `source.url: ${URL}`],
  [{ source: { type: 'bucket', url: 'file://host/srv' } }, `source.url: ${URL}`],
  [{ source: { type: 'bucket', url: 'file:///a%2Fb' } }, `source.url: ${URL}`],
  [{ source: { type: 'bucket', url: 's3://' } }, `source.url: ${URL}`],
  [{ source: { type: 'bucket', url: 's3://key:secret@shop' } }, `source.url: ${URL}`],
  [{ source: { type: 'bucket', url: 's3://shop/../x' } }, `source.url: ${URL}`],
  [{ source: { type: 'bucket', url: 'https://example.com/?x' } }, `source.url: ${URL}`],
  [{ source: { type: 'bucket', url: 's3://sh' } }, `source.url: ${URL}`],
  [
    { source: { type: 'bucket', url: 'http://releases.example.com/shop' } },
    'source.url: would be read over the network without TLS - write https://, or have the releases signed (signing:)',
  ],
  [
    {
      source: { type: 'bucket', url: 'http://releases.example.com/shop', token: 'abcdefgh' },
      signing: { keys: ['RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3'] },
    },
    'source.token: would be read over the network without TLS - write https://',
  ],
  [
    { source: { type: 'bucket', url: '/srv', endpoint: 'https://minio.example.com:9000' } },
    'source.endpoint: is for a url that begins with s3:// or gs:// - take it away',
  ],
  [
    { source: { type: 'bucket', url: 's3://shop', token: 'abcdefgh' } },
    'source.token: is for a url that begins with https:// or http:// - credentials of s3:// and gs:// are those of the environment, or of a profile:',
  ],
  [
    { source: { type: 'bucket', url: 'gs://shop', region: 'eu-west-1' } },
    'source.region: is for a url that begins with s3:// - take it away: there is no region to name',
  ],
  [
    { source: { type: 'bucket', url: 'https://example.com/shop', username: 'deployer' } },
    'source.username: is sent with a token only - give the token too',
  ],
  [
    { source: { type: 'bucket', url: 's3://shop', endpoint: 'minio:9000' } },
    'source.endpoint: must be the address of a server, such as https://minio.example.com:9000',
  ],
  [{ source: { type: 'bucket', url: '/srv', poll: '50ms' } }, 'source.poll: must be from 100ms to 24d'],
  [
    { source: { type: 'bucket', url: '/srv', branch: 'x' } },
    'source.branch: unknown key - known keys: type, url, endpoint, region, path_style, profile, token, username, owner, poll',
  ],
  [
    { restart: { schedule: '0 25 * * *' } },
    `restart.schedule: must be a schedule such as "*/5 * * * *" or @daily: invalid value for hour: 25`,
  ],
  [
    {
      cron: [
        { schedule: '@daily', command: 'x' },
        { name: 'job-1', schedule: '@daily', command: 'x' },
      ],
    },
    'cron[1].name: cron[0] is "job-1" already',
  ],
  [{ replicas: -1 }, 'replicas: must be a whole number from 0 to 1000'],
  [{ replicas: 1001 }, 'replicas: must be a whole number from 0 to 1000'],
  [{ replicas: 1.5 }, 'replicas: must be a whole number from 0 to 1000'],
  [{ auto: 'yes' }, 'auto: must be true or false'],
  [{ inherit_env: 1 }, 'inherit_env: must be true or false'],
  [{ port: 0 }, 'port: must be a whole number from 1 to 65535'],
  [{ port: 65_536 }, 'port: must be a whole number from 1 to 65535'],
  [{ port: 65_534 }, 'port: 3 instances would need ports up to 65536'],
  [{ env: ['A=1'] }, 'env: must be a mapping of names to values'],
  [{ env: { '1A': 'x' } }, 'env.1A: must be a name of a variable: letters, digits and _, no digit first'],
  [{ env: { A: null } }, `env.A: ${ENV_VALUE}`],
  [{ env: { A: { B: 1 } } }, `env.A: ${ENV_VALUE}`],
  [{ env: { A: 'x\0y' } }, 'env.A: must be text without NUL characters'],
  [{ env: { PORT: 80 } }, 'env.PORT: is set by Slipway for each instance - use the key port of the app'],
  [
    { env: { RELEASE_NODE: 'x@host' } },
    'env.RELEASE_NODE: must be the name of a node without its host: letters, digits, - and _ - instance i is called by it and -i',
  ],
  [{ release: 'bin/web' }, 'release: must be the name of a script in bin/: letters, digits, - and _'],
  [
    { env: { RELEASE_NODE_SUFFIX: 'x' } },
    'env.RELEASE_NODE_SUFFIX: is set by Slipway for each instance - take it away',
  ],
  [
    { env: { RELEASE_DISTRIBUTION: 'x' } },
    'env.RELEASE_DISTRIBUTION: is set by Slipway for each instance - take it away',
  ],
  [{ env: { SLIPWAY_X: 'x' } }, 'env.SLIPWAY_X: is set by Slipway for each instance - take it away'],
  [
    { env: { RELEASE_COOKIE: 'a' }, otp: { cookie: 'b' } },
    'env.RELEASE_COOKIE: the cookie is set here and in otp.cookie - keep one of them',
  ],
  [{ ready: true }, 'ready: must be a mapping'],
  [{ ready: {} }, 'ready: must have exactly one of http, tcp, alive; it has none'],
  [{ ready: { timeout: '5s' } }, 'ready: must have exactly one of http, tcp, alive; it has none'],
  [
    { ready: { http: '/', tcp: true, alive: '1s' } },
    'ready: must have exactly one of http, tcp, alive; it has http and tcp and alive',
  ],
  [{ ready: { http: 'health' } }, 'ready.http: must be the path of a URL, such as / or /health'],
  [{ ready: { http: '/a b' } }, 'ready.http: must be the path of a URL, such as / or /health'],
  [{ ready: { tcp: false } }, 'ready.tcp: must be true'],
  [{ ready: { alive: '5' } }, `ready.alive: ${DURATION}`],
  [{ ready: { alive: '60s' } }, 'ready.alive: must be shorter than timeout, 60s'],
  [{ ready: { alive: '6s', timeout: '5s' } }, 'ready.alive: must be shorter than timeout, 5s'],
  [{ ready: { tcp: true, timeout: '0s' } }, 'ready.timeout: must be from 1ms to 24d'],
  [
    { port: undefined, ready: { tcp: true } },
    'ready.tcp: needs a port to ask - give the app a port, or write ready: { alive: 5s }',
  ],
  [
    { port: null, ready: { http: '/' } },
    'ready.http: needs a port to ask - give the app a port, or write ready: { alive: 5s }',
  ],
  [{ health: true }, 'health: must be a mapping'],
  [{ health: { every: '5s' } }, 'health: must have exactly one of http, tcp; it has none'],
  [{ health: { http: '/', tcp: true } }, 'health: must have exactly one of http, tcp; it has http and tcp'],
  [{ health: { http: 'up' } }, 'health.http: must be the path of a URL, such as / or /health'],
  [{ health: { tcp: true, failures: 0 } }, 'health.failures: must be a whole number from 1 to 1000'],
  [{ health: { tcp: true, every: '50ms', timeout: '10ms' } }, 'health.every: must be from 100ms to 24d'],
  [{ health: { tcp: true, timeout: '10s' } }, 'health.timeout: must be shorter than every, 10s'],
  [{ health: { tcp: true, every: '1s' } }, 'health.every: must be longer than timeout, 2s'],
  [
    { port: null, health: { http: '/' } },
    'health.http: needs a port to ask - give the app a port, or take health away',
  ],
  [{ user: 1000 }, 'user: must be the name of a user'],
  [{ user: '-x' }, 'user: must be the name of a user'],
  [
    { stop: { signal: 'SIGSTOP' } },
    'stop.signal: must be one of SIGTERM, SIGINT, SIGQUIT, SIGHUP, SIGUSR1, SIGUSR2, SIGWINCH, SIGABRT, SIGKILL',
  ],
  [{ stop: { grace: 10 } }, `stop.grace: ${DURATION}`],
  [{ stop: { to: 'everybody' } }, 'stop.to: must be one of main, all'],
  [{ limits: { memory: '1KB' } }, 'limits.memory: must be 1 MB or more'],
  [{ limits: { cpu: 200 } }, 'limits.cpu: must be a percentage from 1% to 100000%, such as 50% or 200%'],
  [{ limits: { cpu: '0%' } }, 'limits.cpu: must be from 1% to 100000%'],
  [{ limits: { tasks: 0 } }, 'limits.tasks: must be a whole number from 1 to 4194304'],
  [{ limits: { files: 1 } }, 'limits.files: must be a whole number from 16 to 1048576'],
  [{ stop: { grace: '10 seconds' } }, `stop.grace: ${DURATION}`],
  [{ stop: { grace: '25d' } }, 'stop.grace: must be from 0ms to 24d'],
  [{ restart: { delay: '6m' } }, 'restart.delay: must not be longer than max_delay, 5m'],
  [{ restart: { max_retries: -1 } }, 'restart.max_retries: must be a whole number from 0 to 1000000'],
  [{ restart: { max_retrys: 1 } }, 'restart.max_retrys: unknown key - did you mean "max_retries"?'],
  [{ rollback_after: '0s' }, 'rollback_after: must be from 1ms to 24d'],
  [{ prove_after: '-1s' }, `prove_after: ${DURATION}`],
  [{ pre_command_timeout: null }, `pre_command_timeout: ${DURATION}`],
  [{ log: { max_size: '64' } }, 'log.max_size: must be a size such as 512KB, 64MB or 1GB'],
  [{ log: { max_size: '4095B' } }, 'log.max_size: must be 4 KB or more'],
  [{ log: { keep: 0 } }, 'log.keep: must be a whole number from 1 to 1000'],
  [{ keep: 0 }, 'keep: must be a whole number from 1 to 1000'],
  [{ max_age: '0s' }, 'max_age: must be from 1ms to 3650d'],
  [{ max_age: '3651d' }, 'max_age: must be from 1ms to 3650d'],
  [{ max_age: 90 }, `max_age: ${DURATION}`],
  [{ min_free: '0B' }, 'min_free: must be 1 B or more'],
  [{ min_free: '10%' }, 'min_free: must be a size such as 512KB, 64MB or 1GB'],
  [{ max_unavailable: 0 }, 'max_unavailable: must be a whole number from 1 to 1000'],
  [{ otp: { cookie: 'two words' } }, 'otp.cookie: must be text without spaces, 255 characters at most'],
  [{ otp: { cookie: { file: 'shop.cookie' } } }, 'otp.cookie.file: must be an absolute path'],
  [
    { otp: { cookie: { file: '/nowhere/shop.cookie' } } },
    'otp.cookie: /nowhere/shop.cookie cannot be read (ENOENT)',
  ],
  [{ otp: { connect_instances: 'no' } }, 'otp.connect_instances: must be true or false'],
  [{ otp: { tls: { cert: 'a.crt', key: '/a', ca: '/b' } } }, 'otp.tls.cert: must be an absolute path'],
  [{ otp: { tls: { cert: '/c', key: '/a' } } }, 'otp.tls.ca: is required: an absolute path'],
  [{ replica: 2 }, 'replica: unknown key - did you mean "replicas"?'],
  [
    { zzz: 2 },
    'zzz: unknown key - known keys: name, environment, kind, runtime, release, start, source, signing, replicas, auto, inherit_env, port, env, ready, health, user, stop, restart, limits, rollback_after, prove_after, after, cron, pre_command_timeout, log, keep, max_age, min_free, max_unavailable, domains, path, sticky, roll_out, canary, max_body, allow, basic_auth, hsts, compress, time_out, error_page, maintenance_page, otp',
  ],
])('%j is refused', (app, error) => {
  expect(errorsOf(fileOf(app))).toEqual([`apps[0].${error}`]);
});

test('the value at fault is shown where it is short and not secret', () => {
  const valueOf = (app: Record<string, unknown>) => issuesOf(fileOf(app))[0]?.value;
  expect(valueOf({ replicas: -1 })).toBe('-1');
  expect(valueOf({ replicas: '3' })).toBe('"3"');
  expect(valueOf({ name: '' })).toBe('""');
  expect(valueOf({ name: 'a\nb' })).toBe('"a\\nb"');
  expect(valueOf({ name: 'A'.repeat(200) })).toBe(`${'A'.repeat(60)}...`);
  expect(valueOf({ keep: null })).toBe('empty');
  expect(valueOf({ keep: [1] })).toBeNull();
  expect(valueOf({ otp: { cookie: 'my cookie' } })).toBeNull();
  expect(valueOf({ env: { A: null } })).toBeNull();
});

test('a cookie is read from a file that nobody but its owner may read', () => {
  const file = path.join(temporaryFolder(), 'shop.cookie');
  fs.writeFileSync(file, 'chocolate-chip\n', { mode: 0o600 });
  expect(loadApp({ otp: { cookie: { file } } }).otp).toMatchObject({ cookie: 'chocolate-chip' });
  fs.chmodSync(file, 0o644);
  expect(errorsOf(fileOf({ otp: { cookie: { file } } }))[0]).toContain('may be read or changed by others');
  fs.chmodSync(file, 0o600);
  fs.writeFileSync(file, 'two words\n');
  expect(errorsOf(fileOf({ otp: { cookie: { file } } }))[0]).toContain('must hold text without spaces');
});
