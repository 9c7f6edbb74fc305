import * as z from 'zod';
import {
  absolutePath,
  bucketUrl,
  choice,
  command,
  cookie,
  duration,
  expected,
  flag,
  listenAddress,
  mapping,
  name,
  requestPath,
  SIGNALS,
  size,
  userName,
  variables,
  wholeNumber,
} from './fields.ts';

/** What is used elsewhere too where a key is left out. */
export const DEFAULTS = {
  environment: 'production',
  data: '/var/lib/slipway',
  logs: '/var/log/slipway',
  listen: '127.0.0.1:5001',
  replicas: 3,
  readyTimeout: '60s',
  restartDelay: '0s',
  restartMaxDelay: '5m',
} as const;

export type CheckedConfiguration = z.output<ReturnType<typeof build>>;

let built: ReturnType<typeof build> | undefined;

/** The shape of the file: keys, types, ranges, defaults. Built when it is first needed. */
export function schema(): ReturnType<typeof build> {
  built ??= build();
  return built;
}

/** JSON Schema (draft 2020-12) of the file, for editors. Rules between keys are not in it. */
export function configurationSchema(): Record<string, unknown> {
  return { title: 'Slipway configuration', ...z.toJSONSchema(schema(), { io: 'input' }) };
}

function build() {
  return z.strictObject(
    {
      data: key('Directory of the database, releases and caches.', absolutePath().prefault(DEFAULTS.data)),
      logs: key('Directory of the output of the apps.', absolutePath().prefault(DEFAULTS.logs)),
      listen: key(
        'Address of API and dashboard; null: the socket alone.',
        listenAddress().prefault(DEFAULTS.listen),
      ),
      apps: key('The apps of this host; [] for none.', z.array(service(), expected('a list of apps'))),
    },
    expected('a mapping with the keys data, logs, listen and apps'),
  );
}

function service() {
  return mapping({
    name: key('Name of the app.', name(), 'myphoenixapp'),
    environment: key(
      'One name may have several environments.',
      name().prefault(DEFAULTS.environment),
      'staging',
    ),
    kind: key('service: instances of a release package are kept running.', choice(['service'])),
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
    source: key('Where releases come from.', source()),
    replicas: key('Number of instances.', wholeNumber(1, 1000).prefault(DEFAULTS.replicas)),
    auto: key('Deploy what the source offers without being asked.', flag().prefault(true)),
    inherit_env: key("Hand the agent's environment to the processes.", flag().prefault(true)),
    port: key('Instance i gets PORT=port+i-1.', wholeNumber(1, 65_535).nullable().prefault(null), 4000),
    env: key('Environment of the processes.', variables().prefault({}), { PHX_HOST: 'example.com' }),
    ready: key(
      'When an instance is ready. Default: tcp with a port, alive: 5s without.',
      readiness().optional(),
    ),
    user: key(
      "Whom processes run as; null: the agent's own user.",
      userName().nullable().prefault(null),
      'deployer',
    ),
    stop: key('How an instance is stopped.', stop().prefault({})),
    restart: key('How an instance that ended is started again.', restart().prefault({})),
    rollback_after: key('A release that is not ready by then is taken back.', duration(1).prefault('10m')),
    prove_after: key('A release ready for so long on all instances is proven.', duration(0).prefault('30s')),
    pre_command_timeout: key('Longest time of a pre-command.', duration(1).prefault('10m')),
    log: key('Output files of each instance.', log().prefault({})),
    keep: key('Releases kept on disk.', wholeNumber(1, 1000).prefault(5)),
    max_unavailable: key('Instances that a roll-out takes at a time.', wholeNumber(1, 1000).prefault(1)),
    otp: key('Erlang distribution.', otp().prefault({})),
  });
}

function source() {
  return mapping({
    type: key('bucket: packages and current.json in the layout of DeployEx.', choice(['bucket'])),
    url: key(
      'A directory, or a URL file://, s3:// or gs://.',
      bucketUrl(),
      '/srv/releases/shop',
      's3://shop-prod',
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

function stop() {
  return mapping({
    signal: key('Asks the instance to end.', choice(SIGNALS).prefault('SIGTERM')),
    grace: key('Time until SIGKILL.', duration(0).prefault('10s')),
  });
}

function restart() {
  return mapping({
    delay: key('Before the first restart.', duration(0).prefault(DEFAULTS.restartDelay)),
    max_delay: key('The delay doubles from 1s up to this.', duration(0).prefault(DEFAULTS.restartMaxDelay)),
    reset_after: key('A run as long as this makes former exits forgotten.', duration(0).prefault('60s')),
    max_retries: key(
      'Past it the instance is failed; null: no limit.',
      wholeNumber(0, 1_000_000).nullable().prefault(null),
    ),
  });
}

function log() {
  return mapping({
    max_size: key('A file of this size is rotated.', size(4096).prefault('64MB')),
    keep: key('Rotated files kept.', wholeNumber(1, 1000).prefault(5)),
  });
}

function otp() {
  return mapping({
    cookie: key(
      'Default: RELEASE_COOKIE of the environment, else "cookie".',
      cookie().nullable().prefault(null),
    ),
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

/** What editors show of a key. */
function key<Type extends z.ZodType>(description: string, type: Type, ...examples: unknown[]): Type {
  return type.meta(examples.length === 0 ? { description } : { description, examples });
}
