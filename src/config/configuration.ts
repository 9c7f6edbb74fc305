/**
 * The configuration in force: checked, defaults filled in, durations in milliseconds, sizes in bytes. Made by
 * `loadConfiguration`, never changed afterwards. What each key means: `docs/configuration.md`.
 */
export interface Configuration {
  /** Absolute path of the file it was read from; null where it was made from DEPLOYEX_* variables. */
  file: string | null;
  dataDirectory: string;
  logsDirectory: string;
  /** Where API and dashboard listen; null: on the socket alone. Port 0: any free one. */
  listen: { host: string; port: number } | null;
  apps: ServiceConfiguration[];
}

export interface ServiceConfiguration {
  kind: 'service';
  /** What the app is called on disk, in the API and on the command line. See `idOf`. */
  id: string;
  name: string;
  environment: string;
  runtime: 'elixir' | 'erlang' | 'command';
  /** The argv of a `command`; null for elixir and erlang, which start by their own script. */
  start: string[] | null;
  source: SourceConfiguration;
  replicas: number;
  auto: boolean;
  inheritEnv: boolean;
  /** Instance i gets `port + i - 1`; null: no PORT is set. */
  port: number | null;
  env: Record<string, string>;
  ready: ReadinessConfiguration;
  /** Whom its processes run as; null: the agent's own user. */
  user: string | null;
  stop: { signal: NodeJS.Signals; graceMs: number };
  restart: { delayMs: number; maxDelayMs: number; resetAfterMs: number; maxRetries: number | null };
  rollbackAfterMs: number;
  proveAfterMs: number;
  preCommandTimeoutMs: number;
  log: { maxSizeBytes: number; keep: number };
  /** Releases kept on disk. */
  keep: number;
  /** Instances that a roll-out takes at a time. */
  maxUnavailable: number;
  otp: { cookie: string | null; tls: { cert: string; key: string; ca: string } | null };
}

export interface SourceConfiguration {
  type: 'bucket';
  /** An absolute path (`file://` is resolved), or `s3://bucket[/prefix]`, `gs://bucket[/prefix]`. */
  url: string;
  pollMs: number;
}

export type ReadinessConfiguration =
  | { kind: 'http'; path: string; timeoutMs: number }
  | { kind: 'tcp'; timeoutMs: number }
  | { kind: 'alive'; forMs: number; timeoutMs: number };

const PRODUCTION = ['prod', 'production'];

/** `name` in production, else `name@environment` (design, section 1). */
export function idOf(name: string, environment: string): string {
  return PRODUCTION.includes(environment) ? name : `${name}@${environment}`;
}
