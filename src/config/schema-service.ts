import * as z from 'zod';
import { DEFAULTS } from './defaults.ts';
import {
  absolutePath,
  bucketUrl,
  choice,
  command,
  duration,
  expected,
  flag,
  mapping,
  requestPath,
  userName,
  wholeNumber,
} from './fields.ts';
import { cookie } from './otp-fields.ts';
import { common, key, limits, restart, stop, uploads } from './schema-common.ts';

export function service() {
  const { name, environment, auto, inherit_env, env, user, log, keep, max_age, min_free } = common({
    auto: true,
  });
  return mapping({
    name,
    environment,
    kind: key('service: instances of a release package are kept running.', z.literal('service')),
    runtime: key(
      'elixir, erlang: a release. command: what `start` says.',
      choice(['elixir', 'erlang', 'command']),
    ),
    start: key(
      'For runtime command, run in <instance>/current: a command line (no shell reads it), a list of arguments, or { sh: [lines] }.',
      command().optional(),
      'node server.js',
      ['node', 'server.js'],
      { sh: ['exec node server.js'] },
    ),
    source: key(
      'Where releases come from.',
      z.discriminatedUnion('type', [bucket(), uploads()], expected('a mapping')),
    ),
    replicas: key('Number of instances.', wholeNumber(1, 1000).prefault(DEFAULTS.replicas)),
    auto,
    inherit_env,
    port: key('Instance i gets PORT=port+i-1.', wholeNumber(1, 65_535).nullable().prefault(null), 4000),
    env,
    ready: key(
      'When an instance is ready. Default: tcp with a port, alive: 5s without.',
      readiness().optional(),
    ),
    health: key(
      'Asked of an instance from when it is ready; one that does not answer is restarted. null: nothing is asked.',
      liveness().nullable().prefault(null),
      { http: '/health', every: '10s', timeout: '2s', failures: 3 },
    ),
    user,
    stop: key('How an instance is stopped.', stop({ signal: 'SIGTERM' }).prefault({})),
    restart: key('How an instance that ended is started again.', restart().prefault({})),
    limits: key('What an instance may use, with all that it starts.', limits().prefault({})),
    rollback_after: key('A release that is not ready by then is taken back.', duration(1).prefault('10m')),
    prove_after: key('A release ready for so long on all instances is proven.', duration(0).prefault('30s')),
    pre_command_timeout: key('Longest time of a pre-command.', duration(1).prefault('10m')),
    log,
    keep,
    max_age,
    min_free,
    max_unavailable: key('Instances that a roll-out takes at a time.', wholeNumber(1, 1000).prefault(1)),
    otp: key('Erlang distribution.', otp().prefault({})),
  });
}

function bucket() {
  return mapping({
    type: key('bucket: packages and current.json in the layout of DeployEx.', z.literal('bucket')),
    url: key(
      'A directory, or a URL file://, s3:// or gs://.',
      bucketUrl(),
      '/srv/releases/shop',
      's3://shop-prod',
    ),
    owner: key(
      'Whom a directory of this host belongs to, where that is neither root nor `user`.',
      userName().nullable().prefault(null),
      'publisher',
    ),
    poll: key('How often to look where no event of the file system tells.', duration(100).prefault('5s')),
  });
}

/** Exactly one of http, tcp, alive: see the rules. */
function readiness() {
  return mapping({
    http: key('A GET of this path on PORT succeeds.', requestPath().optional(), '/health'),
    tcp: key('PORT accepts connections.', z.literal(true, expected('true')).optional()),
    alive: key('The process has lived for so long.', duration(1).optional(), '5s'),
    timeout: key('Longest time until ready.', duration(1).prefault(DEFAULTS.readyTimeout)),
  });
}

/** Exactly one of http, tcp: see the rules. */
function liveness() {
  return mapping({
    http: key('A GET of this path on PORT succeeds.', requestPath().optional(), '/health'),
    tcp: key('PORT accepts connections.', z.literal(true, expected('true')).optional()),
    every: key('How often it is asked.', duration(100).prefault(DEFAULTS.healthEvery)),
    timeout: key('Longest time of an answer.', duration(1).prefault(DEFAULTS.healthTimeout)),
    failures: key('Restarted after so many in a row.', wholeNumber(1, 1000).prefault(3)),
  });
}

function otp() {
  return mapping({
    cookie: key(
      'The cookie, or { file: path } of a file that holds it. Default: RELEASE_COOKIE of the environment, else "cookie".',
      cookie().nullable().prefault(null),
      { file: '/etc/slipway/shop.cookie' },
    ),
    connect_instances: key('Connects the instances of the app to each other.', flag().prefault(true)),
    tls: key('Mutual TLS of the distribution.', tls().nullable().prefault(null)),
  });
}

function tls() {
  return mapping({
    cert: key('Certificate, PEM.', absolutePath()),
    key: key('Private key, PEM.', absolutePath()),
    ca: key('Certificates of the CA, PEM.', absolutePath()),
  });
}
