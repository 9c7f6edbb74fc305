import { expect, test } from 'vitest';
import { loadConfiguration, readConfiguration } from '../../../src/config/index.ts';
import { SlipwayError } from '../../../src/kernel/index.ts';
import { errorOf, pathInTemporaryDirectory, UNROUTED } from './written.ts';

const defaultFile = pathInTemporaryDirectory('nowhere.yaml');

function load(variables: Record<string, string>) {
  const env = Object.fromEntries(
    Object.entries(variables).map(([name, value]) => [`DEPLOYEX_${name}`, value]),
  );
  return loadConfiguration({ file: null, env, defaultFile });
}

/** `VARIABLE: message (value)` of each error. */
function errorsOf(variables: Record<string, string>): string[] {
  const [, ...lines] = errorOf(() => load(variables)).message.split('\n');
  return lines.map((line) => line.replace('environment: DEPLOYEX_', ''));
}

const LOCAL = { MONITORED_APP_NAME: 'myphoenixapp', RELEASE_ADAPTER: 'local' };

test('the local adapter makes the one app of the guide, in the places of the guide', () => {
  const configuration = load(LOCAL);
  expect(configuration).toMatchObject({
    file: null,
    dataDirectory: '/tmp/deployex/varlib',
    logsDirectory: '/tmp/myphoenixapp',
    listen: { host: '127.0.0.1', port: 5001 },
  });
  expect(configuration.apps).toEqual([
    {
      kind: 'service',
      id: 'myphoenixapp',
      name: 'myphoenixapp',
      environment: 'local',
      runtime: 'elixir',
      release: null,
      start: null,
      source: { type: 'bucket', url: '/tmp/myphoenixapp', pollMs: 5000 },
      replicas: 3,
      auto: true,
      inheritEnv: true,
      port: 4000,
      env: {},
      ready: { kind: 'tcp', timeoutMs: 60_000 },
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
      rollOut: { ...UNROUTED.rollOut, sparePort: 4100 },
      otp: {
        names: { node: 'myphoenixapp', suffix: '' },
        cookie: null,
        connectInstances: true,
        upgradeTimeoutMs: 60_000,
        purge: 'wait',
        tls: null,
      },
    },
  ]);
});

test('every variable of the table finds its place; S3 is the default adapter', () => {
  const configuration = load({
    SECRET_KEY_BASE: '42otsNlFpq3dIJ02',
    ERLANG_COOKIE: 'chocolate',
    ADMIN_HASHED_PASSWORD: '$2b$1-hash',
    MONITORED_APP_NAME: 'myphoenixapp',
    CLOUD_ENVIRONMENT: 'prod',
    PHX_HOST: 'example.com',
    PHX_PORT: '5100',
    PHX_SERVER: 'true',
    MONITORED_APP_PORT: '4100',
    MONITORED_REPLICAS: '2',
    DEPLOY_TIMEOUT_ROLLBACK_MS: '120000',
    DEPLOY_SCHEDULE_INTERVAL_MS: '500',
  });
  expect(configuration).toMatchObject({
    dataDirectory: '/var/lib/deployex',
    logsDirectory: '/var/log',
    listen: { host: '127.0.0.1', port: 5100 },
    apps: [
      {
        id: 'myphoenixapp',
        environment: 'prod',
        source: { type: 'bucket', url: 's3://myphoenixapp-prod-distribution', pollMs: 500 },
        port: 4100,
        replicas: 2,
        rollbackAfterMs: 120_000,
        otp: {
          cookie: 'chocolate',
          connectInstances: true,
          upgradeTimeoutMs: 60_000,
          purge: 'wait',
          tls: null,
        },
      },
    ],
  });
  const { message } = new SlipwayError('failed', { message: '42otsNlFpq3dIJ02 chocolate $2b$1-hash' });
  expect(message).toBe('[redacted] [redacted] [redacted]');
});

test('the environment is that of the variable with the local adapter too, and the paths stay', () => {
  const configuration = load({ ...LOCAL, CLOUD_ENVIRONMENT: 'staging' });
  expect(configuration).toMatchObject({
    logsDirectory: '/tmp/myphoenixapp',
    apps: [{ id: 'myphoenixapp', environment: 'staging', source: { url: '/tmp/myphoenixapp' } }],
  });
});

test('a server that is switched off leaves the socket alone', () => {
  expect(load({ ...LOCAL, PHX_SERVER: 'false', PHX_PORT: '5100' }).listen).toBeNull();
  const publicOf = (PHX_HOST: string) => load({ ...LOCAL, PHX_PORT: '5100', PHX_HOST }).public;
  expect(publicOf('deploy.example.com')).toBe('https://deploy.example.com');
  expect(publicOf('localhost')).toBe('http://localhost:5100');
  expect(errorsOf({ ...LOCAL, PHX_HOST: 'a/b' })).toEqual([expect.stringMatching(/^PHX_HOST: .*\(a\/b\)/)]);
});

test('an empty variable counts as not set', () => {
  expect(
    load({ ...LOCAL, MONITORED_REPLICAS: '', CLOUD_ENVIRONMENT: '', ERLANG_COOKIE: '' }).apps,
  ).toMatchObject([{ replicas: 3, environment: 'local', otp: { cookie: null } }]);
});

test('all errors are told at once, by the names of the variables', () => {
  const error = errorOf(() => load({ MONITORED_APP_NAME: 'My App', MONITORED_REPLICAS: 'two' }));
  expect(error.code).toBe('config_invalid');
  expect(error.issues).toMatchObject([
    { file: null, line: null, column: null, path: 'DEPLOYEX_CLOUD_ENVIRONMENT', value: null },
    { path: 'DEPLOYEX_MONITORED_APP_NAME', value: 'My App' },
    { path: 'DEPLOYEX_MONITORED_REPLICAS', value: 'two' },
  ]);
  expect(
    errorsOf({
      MONITORED_APP_NAME: 'My App',
      MONITORED_APP_PORT: '70000',
      MONITORED_REPLICAS: 'two',
      DEPLOY_TIMEOUT_ROLLBACK_MS: '0',
      DEPLOY_SCHEDULE_INTERVAL_MS: '5s',
      PHX_PORT: '99999',
      PHX_SERVER: 'yes',
      ERLANG_COOKIE: 'my cookie',
    }),
  ).toEqual([
    'CLOUD_ENVIRONMENT: is required: the environment - for a local bucket set DEPLOYEX_RELEASE_ADAPTER=local',
    'DEPLOY_SCHEDULE_INTERVAL_MS: must be a whole number (5s)',
    'DEPLOY_TIMEOUT_ROLLBACK_MS: must be from 1ms to 24d (0)',
    'ERLANG_COOKIE: must be text without spaces, 255 characters at most',
    'MONITORED_APP_NAME: must be a name of a-z, 0-9, _ and -, the first a letter, 100 at most (My App)',
    'MONITORED_APP_PORT: must be a whole number from 1 to 65535 (70000)',
    'MONITORED_REPLICAS: must be a whole number (two)',
    'PHX_PORT: must end in a port from 0 to 65535 (99999)',
    'PHX_SERVER: must be true or false (yes)',
  ]);
});

test('variables without the name of an app, or with another adapter, are refused', () => {
  expect(errorsOf({ RELEASE_ADAPTER: 'local' })).toEqual([
    'MONITORED_APP_NAME: is required: a name of a-z, 0-9, _ and -, the first a letter, 100 at most',
  ]);
  expect(errorsOf({ ...LOCAL, RELEASE_ADAPTER: 'gcp', CLOUD_ENVIRONMENT: 'prod' })).toEqual([
    'RELEASE_ADAPTER: must be s3 or local (gcp)',
  ]);
});

test("an app on the agent's port is refused here as well", () => {
  expect(errorsOf({ ...LOCAL, MONITORED_APP_PORT: '5000' })).toEqual([
    'MONITORED_APP_PORT: ports 5000-5002 overlap with 5001 of listen',
  ]);
});

test("with releases in S3 the guide's secret of AWS has what the environment has not", () => {
  const env = {
    ...{ DEPLOYEX_MONITORED_APP_NAME: 'myphoenixapp', DEPLOYEX_CLOUD_ENVIRONMENT: 'staging' },
    ...{ AWS_REGION: 'us-east-2', DEPLOYEX_SECRET_KEY_BASE: 'of the environment' },
  };
  const written = readConfiguration({ file: null, env, defaultFile });
  const name = 'deployex-myphoenixapp-staging-secrets';
  expect(written.complete(() => null)).toMatchObject({
    secrets: { type: 'aws', region: 'us-east-2', prefix: '' },
    apps: [],
    waiting: [{ id: 'myphoenixapp', environment: 'staging' }],
    given: { DEPLOYEX_ADMIN_HASHED_PASSWORD: `${name}#DEPLOYEX_ADMIN_HASHED_PASSWORD` },
  });
  const asked: string[] = [];
  const { apps, references } = written.complete((secret) => {
    asked.push(secret);
    return 'monster';
  });
  expect(apps).toMatchObject([{ id: 'myphoenixapp', otp: { cookie: 'monster' } }]);
  expect(asked).toEqual([`${name}#DEPLOYEX_ERLANG_COOKIE`]);
  expect(references).toMatchObject([{ app: 'myphoenixapp', path: ['otp', 'cookie'] }]);

  const { secrets, apps: local } = load({ ...LOCAL, ERLANG_COOKIE: 'monster' });
  expect([secrets, local.length]).toEqual([null, 1]);
});
