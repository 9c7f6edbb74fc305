import * as z from 'zod';
import { DEFAULTS } from './defaults.ts';
import {
  absolutePath,
  choice,
  command,
  duration,
  expected,
  flag,
  mapping,
  requestPath,
  wholeNumber,
} from './fields.ts';
import { cookie, scriptName } from './otp-fields.ts';
import { bucket } from './schema-bucket.ts';
import { common, limits, restart, stop, uploads } from './schema-common.ts';
import { key } from './schema-key.ts';
import { routing } from './schema-proxy.ts';

export function service() {
  const {
    name,
    environment,
    auto,
    inherit_env,
    env,
    user,
    log,
    signing,
    keep,
    max_age,
    min_free,
    after,
    cron,
  } = common({ auto: true });
  return mapping({
    name,
    environment,
    kind: key('service: instances of a release package are kept running.', z.literal('service')),
    runtime: key(
      'elixir, erlang: a release, started by its own `bin/<release>`. command: what `start` says.',
      choice(['elixir', 'erlang', 'command']),
    ),
    release: key(
      "For elixir and erlang: the script in `bin/` that starts it. null: the one of the app's name, else the only one that there is.",
      scriptName().nullable().prefault(null),
      'web',
    ),
    start: key(
      'For the runtime command, and required there: run in `<instance>/current`. A command line (no shell reads it), a list of arguments, or `{ sh: [lines] }`.',
      command().optional(),
      'node server.js',
      ['node', 'server.js'],
      { sh: ['exec node server.js'] },
    ),
    source: key(
      'Where releases come from.',
      z.discriminatedUnion('type', [bucket(), uploads()], expected('a mapping')),
    ),
    signing,
    replicas: key('Number of instances; 0: none runs.', wholeNumber(0, 1000).prefault(DEFAULTS.replicas)),
    auto,
    inherit_env,
    port: key(
      'Instance i gets PORT = port + i - 1; null: no PORT. No two services may use the same ports.',
      wholeNumber(1, 65_535).nullable().prefault(null),
      4000,
    ),
    env,
    ready: key(
      'When an instance counts as ready. Default: tcp with a port, `alive: 5s` without.',
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
    rollback_after: key(
      'A new release that is not ready by then is taken back.',
      duration(1).prefault('10m'),
    ),
    prove_after: key(
      'A new release that was ready on all instances for so long is proven. It is asked every second meanwhile, and taken back where an instance does not answer three times in a row.',
      duration(0).prefault('30s'),
    ),
    after,
    cron,
    pre_command_timeout: key('Longest time of each pre-command.', duration(1).prefault('10m')),
    log,
    keep,
    max_age,
    min_free,
    max_unavailable: key('Instances that a roll-out takes at a time.', wholeNumber(1, 1000).prefault(1)),
    ...routing(),
    otp: key('Erlang distribution.', otp().prefault({})),
  });
}

/** Exactly one of http, tcp, alive: see the rules. */
function readiness() {
  return mapping({
    http: key(
      'A GET of this path on PORT succeeds. One of http, tcp and alive.',
      requestPath().optional(),
      '/health',
    ),
    tcp: key('PORT accepts connections.', z.literal(true, expected('true')).optional()),
    alive: key('The process has lived for so long; shorter than `timeout`.', duration(1).optional(), '5s'),
    timeout: key('Longest time from start to ready.', duration(1).prefault(DEFAULTS.readyTimeout)),
  });
}

/** Exactly one of http, tcp: see the rules. */
function liveness() {
  return mapping({
    http: key(
      'A GET of this path on PORT is answered with a status from 200 to 399. One of http and tcp.',
      requestPath().optional(),
      '/health',
    ),
    tcp: key('PORT accepts connections.', z.literal(true, expected('true')).optional()),
    every: key('How often it is asked; 100ms at least.', duration(100).prefault(DEFAULTS.healthEvery)),
    timeout: key(
      'Longest time of an answer; shorter than `every`.',
      duration(1).prefault(DEFAULTS.healthTimeout),
    ),
    failures: key(
      'An instance that does not answer so often in a row is restarted.',
      wholeNumber(1, 1000).prefault(3),
    ),
  });
}

function otp() {
  return mapping({
    cookie: key(
      'Cookie of the distribution, or `{ file: path }` of a file that holds it and that its owner alone may read. null: RELEASE_COOKIE of the environment, else "cookie".',
      cookie().nullable().prefault(null),
      { file: '/etc/slipway/shop.cookie' },
    ),
    connect_instances: key(
      'Connects the instances of the app to each other, as a cluster.',
      flag().prefault(true),
    ),
    upgrade_timeout: key(
      'Longest time that one process is waited for in an upgrade of the running VM: until it can be suspended, for its code_change, and until it is done with old code (`purge`).',
      duration(1).prefault('60s'),
    ),
    purge: key(
      'Processes that still run the code before the present one, when an upgrade loads a third. wait: they are waited for, then the instance is started anew. soft: it is started anew at once. brutal: they are ended, and nothing else.',
      choice(['wait', 'soft', 'brutal']).prefault('wait'),
    ),
    tls: key(
      'With what the agent shows itself to the instances, where their distribution is over TLS.',
      tls().nullable().prefault(null),
    ),
  });
}

function tls() {
  return mapping({
    cert: key('Certificate, PEM.', absolutePath()),
    key: key('Private key, PEM.', absolutePath()),
    ca: key('Certificates of the CA, PEM.', absolutePath()),
  });
}
