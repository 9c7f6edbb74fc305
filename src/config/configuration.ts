/**
 * The configuration in force: checked, defaults filled in, durations in milliseconds, sizes in bytes. Made by
 * `loadConfiguration`, never changed afterwards. What each key means: `docs/configuration.md`.
 */
export interface Configuration {
  /** Absolute path of the file it was read from; null where it was made from DEPLOYEX_* variables. */
  file: string | null;
  /** Whether it holds secrets, and others than its owner and its group may read it. */
  isExposed?: true;
  dataDirectory: string;
  logsDirectory: string;
  /** Where API and dashboard listen; null: on the socket alone. Port 0: any free one. */
  listen: { host: string; port: number } | null;
  /** Origin by which people reach it: `https://deploy.example.com`; null: that of `listen`. */
  public: string | null;
  /** PEM files of `listen`; null: no TLS. */
  tls: { cert: string; key: string } | null;
  /** Whether a proxy in front of `listen` ends TLS and says who asks. */
  behindProxy: boolean;
  /** Shells on the host itself: whether they are opened by `listen`, too. */
  shell: { overTcp: boolean };
  /** A second socket, for a group of the host. */
  socket: SocketConfiguration | null;
  /** HAProxy in front of the apps; null: none. */
  proxy: ProxyConfiguration | null;
  history: HistoryConfiguration;
  /** Where the logs of apps go that say nothing of it, and whether the agent's own goes there, too. */
  log: { forward: ForwardConfiguration[]; agent: boolean };
  /** Public keys that apps without `signing` of their own require a signature by; null: none is required. */
  signing: string[] | null;
  /** Where secrets are kept; null: what was set with `slipway secret` alone. */
  secrets: SecretsConfiguration | null;
  apps: AppConfiguration[];
  /** What beside the apps comes from secrets: variables of the guide's table that the environment has not. */
  given?: Record<string, string>;
  /** What of the apps comes from secrets. */
  references: PlacedReference[];
  /** Apps of which a secret is not known, or does not fit: they are not in `apps`. */
  waiting: WaitingApp[];
}

/** Gives the value of a secret (`name`, `name#KEY`) for an app; null where it is not known. */
export type Lookup = (secret: string, app: { name: string; environment: string }) => string | null;

/** What was written, which becomes a configuration with the values of its secrets. */
export interface WrittenConfiguration {
  /** @throws ConfigurationError */
  complete(lookup: Lookup): Configuration;
}

export interface PlacedReference {
  /** Id of the app. */
  app: string;
  /** `name`, or `name#KEY`. */
  secret: string;
  /** Where in the app it stands. */
  path: readonly (string | number)[];
  /** Why its value does not fit there; null: it does, or is not known. */
  refused: string | null;
}

export interface WaitingApp {
  id: string;
  name: string;
  environment: string;
  kind: AppConfiguration['kind'];
  /** Null also where it comes from a secret. */
  user: string | null;
}

export type SecretsConfiguration = (
  | { type: 'aws'; region: string | null; profile: string | null; endpoint: string | null; prefix: string }
  | { type: 'gcp'; project: string | null; endpoint: string | null; prefix: string }
  | { type: 'file'; directory: string }
  | { type: 'systemd' }
  | { type: 'env'; prefix: string }
) & {
  /** How often they are read anew by themselves; null: at the start and when the configuration is applied. */
  refreshMs: number | null;
};

export type AppConfiguration = ServiceConfiguration | SiteConfiguration;

/** Who beside the owner may use a socket, and what he may do then. */
export interface SocketConfiguration {
  group: string;
  role: 'viewer' | 'deployer' | 'admin';
  /** Ids; null: all. */
  apps: string[] | null;
  path: string;
}

/** How much the journal keeps of what has been. */
export interface HistoryConfiguration {
  /** Of events, runs and deployments. */
  keepMs: number;
  auditMs: number;
  /** Of the journal as a whole: the oldest go first. */
  maxSizeBytes: number;
}

export interface ProxyConfiguration {
  /** Where it listens, by IP address; `*`: on all. One of the two at least is there. */
  http: { host: string; port: number } | null;
  https: { host: string; port: number } | null;
  /** Absolute paths of PEM files: each a certificate, those above it, and its key. */
  certificates: string[];
  /** Where certificates come from for the names that none of these covers; null: from nowhere. */
  acme: AcmeConfiguration | null;
  /** Networks of those who say by the PROXY protocol whom they speak for. */
  proxyProtocol: string[];
}

export interface AcmeConfiguration {
  email: string | null;
  /** `letsencrypt`, `letsencrypt-staging`, or an address. */
  directory: string;
  /** Absolute path of a PEM file; null: what the host trusts. */
  ca: string | null;
  /** The command that sets TXT records; null: names are proven by HTTP-01. */
  dns: string[] | null;
  /** Whom it runs as; null: the agent's own user. */
  dnsUser: string | null;
}

/** What apps of both kinds have. */
export interface CommonConfiguration {
  /** What the app is called on disk, in the API and on the command line. See `idOf`. */
  id: string;
  name: string;
  environment: string;
  auto: boolean;
  inheritEnv: boolean;
  env: Record<string, string>;
  /** Whom its processes run as; null: the agent's own user. */
  user: string | null;
  log: LogConfiguration;
  /** Public keys of minisign, one of which must have signed what comes as an archive; null: it need not be signed. */
  signing: string[] | null;
  /** Releases kept on disk, */
  keep: number;
  /** of those, none that is older (null: however old), */
  maxAgeMs: number | null;
  /** and fewer where less is free on the disk (null: however little). The live and the last proven ones are kept always. */
  minFreeBytes: number | null;
  /** Ids of the apps that are to be ready before its instances or workers are started with the agent. */
  after: string[];
  cron: CronConfiguration[];
}

export interface StopConfiguration {
  signal: NodeJS.Signals;
  graceMs: number;
  /** Who gets the signal: the main process alone, or all at once. Null: the main process; behind a shell the others too. */
  to: 'main' | 'all' | null;
}

/** What a process may use, with all that it starts; null is without a limit. */
export interface LimitsConfiguration {
  memoryBytes: number | null;
  /** How much of one core. */
  cpuPercent: number | null;
  /** Processes and threads. */
  tasks: number | null;
  /** Open files of each of its processes. */
  files: number | null;
}

export interface RestartConfiguration {
  delayMs: number;
  maxDelayMs: number;
  resetAfterMs: number;
  maxRetries: number | null;
  /** When what runs well is restarted, too, written as that of cron is; null: never. */
  schedule: string | null;
}

export interface LogConfiguration {
  maxSizeBytes: number;
  keep: number;
  /** Where its lines are sent, beside the files. */
  forward: ForwardConfiguration[];
}

/** Where lines of a log are sent. */
export type ForwardConfiguration =
  /** Absolute path of the socket of journald. */
  | { type: 'journald'; socket: string }
  | SyslogConfiguration
  /** argv, run as the user of the app. */
  | { type: 'program'; command: string[]; format: 'text' | 'json' };

interface SyslogConfiguration {
  type: 'syslog';
  /** `unix:///dev/log`, `udp://host:514`, `tcp://host:601`, `tls://host:6514`. */
  url: string;
  facility: string;
  /** PEM files: who has signed the server's certificate (null: whom Node knows), and what this host shows (null: nothing). */
  ca: string | null;
  cert: string | null;
  key: string | null;
}

/** What the proxy has to do with an app. */
export interface FrontedConfiguration {
  /** Names that the proxy sends to it; [] for none. */
  domains: DomainConfiguration[];
  /** What paths begin with that the proxy sends to it; `/`: all. */
  path: string;
  routing: RoutingConfiguration;
}

export interface ServiceConfiguration extends CommonConfiguration, FrontedConfiguration {
  kind: 'service';
  runtime: 'elixir' | 'erlang' | 'command';
  /** The script in `bin/` that starts a release; null: found by itself. */
  release: string | null;
  /** The argv of a `command`; null for elixir and erlang, which start by their own script. */
  start: string[] | null;
  source: BucketConfiguration | UploadConfiguration;
  replicas: number;
  /** Instance i gets `port + i - 1`; null: no PORT is set. */
  port: number | null;
  ready: ReadinessConfiguration;
  /** Null: an instance that was ready is not asked any more. */
  health: LivenessConfiguration | null;
  stop: StopConfiguration;
  restart: RestartConfiguration;
  limits: LimitsConfiguration;
  rollbackAfterMs: number;
  proveAfterMs: number;
  preCommandTimeoutMs: number;
  /** Instances that a roll-out takes at a time. */
  maxUnavailable: number;
  /** Whether a visitor stays with an instance. */
  sticky: boolean;
  rollOut: RollOutConfiguration;
  /** Null: a new release is given all requests as it comes. */
  canary: CanaryConfiguration | null;
  otp: {
    /** Instance i is the node `<node>-<i>`, whose name ends with `<suffix>-<i>` also where a release makes it by itself. */
    names: { node: string; suffix: string };
    /** Null: RELEASE_COOKIE of the environment, else the guide's default. */
    cookie: string | null;
    /** Whether its instances are connected to each other. */
    connectInstances: boolean;
    /** How long one process is waited for in an upgrade in place. */
    upgradeTimeoutMs: number;
    /** Processes that run code before the present one, when a third is loaded. */
    purge: 'wait' | 'soft' | 'brutal';
    tls: { cert: string; key: string; ca: string } | null;
  };
}

export interface RollOutConfiguration {
  /** overlap: a successor comes up in the other slot before an instance is stopped. */
  strategy: 'overlap' | 'replace';
  /** Instances that it takes at a time. */
  batch: number;
  /** How long an instance that is to go may still answer what it was asked. */
  drainMs: number;
  /** PORT of the other slot of instance 1; null where there is no port. */
  sparePort: number | null;
}

export interface CanaryConfiguration {
  /** Of the requests, in percent. */
  share: number;
  forMs: number;
  /** 5xx share of the new release less that of the old one, in percent; null: not judged. */
  maxErrors: number | null;
  /** Mean latency of the new release in percent of that of the old one; null: not judged. */
  maxLatency: number | null;
  promote: 'by_itself' | 'by_hand';
}

/** What the proxy does with the requests of an app. */
export interface RoutingConfiguration {
  /** Larger requests are refused; null: of any size. */
  maxBodyBytes: number | null;
  /** IP addresses and networks that are let in; null: all. */
  allow: string[] | null;
  /** The password as a crypt(3) hash; null: nobody is asked. */
  basicAuth: { user: string; password: string } | null;
  /** How long browsers are to come by https alone; null: it is not said. */
  hstsMs: number | null;
  compress: boolean;
  /** How long an instance may be silent that was asked. */
  answerMs: number;
  /** Absolute paths of HTML files; null: a plain sentence, or page. */
  errorPage: string | null;
  maintenancePage: string | null;
}

export interface DomainConfiguration {
  /** `api.example.com`, or `*.api.example.com`. */
  host: string;
  /** Requests for it are sent on to this name; null: the app answers. */
  redirect: string | null;
}

export interface SiteConfiguration extends CommonConfiguration, FrontedConfiguration {
  kind: 'site';
  source: GitConfiguration | UploadConfiguration;
  /** Absolute path: holds `current`, `release`, `storage`, `logs`, `.env` and what is shared. */
  root: string;
  /** Leaves `.git` in the release. */
  keepGit: boolean;
  /** Null (`keep`): owner and group stay what they are. */
  owner: { user: string; group: string } | null;
  modes: { directory: number; file: number; executables: 'drop' | 'keep' };
  /** Linked into each release: paths relative to it, and to the root. */
  shared: string[];
  /** Folders of a release: files in there stay reachable below the releases that come next. */
  assets: string[];
  /** Runs `composer install` where the release has a composer.json. */
  autoInstallComposer: boolean;
  /** Runs `php artisan migrate --force` where the release has an artisan. */
  autoArtisanMigrations: boolean;
  hooks: { timeoutMs: number };
  health: HealthConfiguration | null;
  /** argv, run after the switch; null: nothing to reload. */
  reload: string[] | null;
  workers: WorkerConfiguration[];
  /** Null: webhooks are refused. */
  webhook: { secret: string } | null;
  upload: { maxSizeBytes: number };
  /** The web server that the proxy sends its requests to; null: the proxy has nothing to do with it. */
  upstream: { host: string; port: number } | null;
  /** APP_DOMAIN and APP_TYPE of the hooks. */
  domain: string | null;
  appType: string | null;
}

export interface HealthConfiguration {
  url: string;
  /** The status that passes. */
  expect: number;
  timeoutMs: number;
  /** Whether a failed check takes the release back. */
  rollback: boolean;
}

export interface WorkerConfiguration {
  name: string;
  /** argv, run in `current`. */
  command: string[];
  replicas: number;
  stop: StopConfiguration;
  restart: RestartConfiguration;
  limits: LimitsConfiguration;
}

export interface CronConfiguration {
  name: string;
  /** Five fields, or six with seconds first; or `@hourly`, `@daily`, ... */
  schedule: string;
  /** argv, run in the live release. */
  command: string[];
  timeoutMs: number;
}

export type SourceConfiguration = BucketConfiguration | GitConfiguration | UploadConfiguration;

export interface BucketConfiguration {
  type: 'bucket';
  /** An absolute path (`file://` is resolved), `s3://bucket[/prefix]`, `gs://bucket[/prefix]`, or `https://host/path`. */
  url: string;
  /** Of a server that takes the place of Amazon's or Google's. */
  endpoint?: string;
  region?: string;
  /** Default: where there is an endpoint. */
  pathStyle?: boolean;
  profile?: string;
  /** Sent to `https://` as a bearer token, or as the password of `username`. */
  token?: string;
  username?: string;
  pollMs: number;
  /** Whom a folder of this host may belong to, beside root and the app's user. */
  owner?: string;
}

export interface GitConfiguration {
  /** Whom a repository of this host may belong to, beside root and the app's user. */
  owner?: string;
  type: 'git';
  /** `https://`, `ssh://`, `git://`, `user@host:path`, or an absolute path (`file://` is resolved). */
  url: string;
  /** Null: the branch that HEAD of the repository points to. */
  branch: string | null;
  /** Regular expressions. The newest tag that matches the first of them that matches any goes before the branch. */
  tags: string[];
  /** The release holds this folder of the repository only. */
  subdirectory: string | null;
  submodules: boolean;
  lfs: boolean;
  /** Absolute path of a private key without a passphrase. */
  sshKey: string | null;
  /** Absolute path; null: that of the agent's user. The host must be in it. */
  knownHosts: string | null;
  /** It is sent as the password to https://. */
  token: string | null;
  /** Sent with the token. */
  username: string | null;
  pollMs: number;
}

/** Releases come as archives: `slipway deploy <app> --archive <file>`. */
export interface UploadConfiguration {
  type: 'upload';
}

export type ReadinessConfiguration =
  | { kind: 'http'; path: string; timeoutMs: number }
  | { kind: 'tcp'; timeoutMs: number }
  | { kind: 'alive'; forMs: number; timeoutMs: number };

/** An instance that does not answer so often in a row is restarted. */
export interface LivenessConfiguration {
  question: { kind: 'http'; path: string } | { kind: 'tcp' };
  everyMs: number;
  /** One answer may take so long. */
  timeoutMs: number;
  failures: number;
}

const PRODUCTION = ['prod', 'production'];

/** The id of an app: `name` in production, else `name@environment`. */
export function idOf(name: string, environment: string): string {
  return isProduction(environment) ? name : `${name}@${environment}`;
}

export function isProduction(environment: string): boolean {
  return PRODUCTION.includes(environment);
}
