import {
  type Configuration,
  idOf,
  type ReadinessConfiguration,
  type ServiceConfiguration,
} from './configuration.ts';
import type { Path } from './findings.ts';
import type { CheckedConfiguration } from './schema.ts';

type CheckedApp = CheckedConfiguration['apps'][number];
/** The text of a scalar as it stands in the file, or null. */
type WrittenAt = (path: Path) => string | null;

export function compile(
  checked: CheckedConfiguration,
  file: string | null,
  writtenAt: WrittenAt,
): Configuration {
  return {
    file,
    dataDirectory: checked.data,
    logsDirectory: checked.logs,
    listen: checked.listen,
    apps: checked.apps.map((app, index) =>
      compileApp(app, (name) => writtenAt(['apps', index, 'env', name])),
    ),
  };
}

function compileApp(
  app: CheckedApp,
  variableAsWritten: (name: string) => string | null,
): ServiceConfiguration {
  return {
    kind: app.kind,
    id: idOf(app.name, app.environment),
    name: app.name,
    environment: app.environment,
    runtime: app.runtime,
    start: app.start ?? null,
    source: { type: app.source.type, url: app.source.url, pollMs: app.source.poll },
    replicas: app.replicas,
    auto: app.auto,
    inheritEnv: app.inherit_env,
    port: app.port,
    env: compileEnvironment(app.env, variableAsWritten),
    ready: compileReadiness(app),
    user: app.user,
    stop: { signal: app.stop.signal, graceMs: app.stop.grace },
    restart: {
      delayMs: app.restart.delay,
      maxDelayMs: app.restart.max_delay,
      resetAfterMs: app.restart.reset_after,
      maxRetries: app.restart.max_retries,
    },
    rollbackAfterMs: app.rollback_after,
    proveAfterMs: app.prove_after,
    preCommandTimeoutMs: app.pre_command_timeout,
    log: { maxSizeBytes: app.log.max_size, keep: app.log.keep },
    keep: app.keep,
    maxUnavailable: app.max_unavailable,
    otp: app.otp,
  };
}

/** Numbers and booleans stay as they are written: `1.10` is not 1.1, and `0123` not 123. */
function compileEnvironment(
  env: CheckedApp['env'],
  variableAsWritten: (name: string) => string | null,
): Record<string, string> {
  const entries = Object.entries(env).map(([name, value]) => [
    name,
    typeof value === 'string' ? value : (variableAsWritten(name) ?? String(value)),
  ]);
  return Object.fromEntries(entries);
}

const ALIVE_DEFAULT_MS = 5000;
const READY_TIMEOUT_DEFAULT_MS = 60_000;

function compileReadiness(app: CheckedApp): ReadinessConfiguration {
  const timeoutMs = app.ready?.timeout ?? READY_TIMEOUT_DEFAULT_MS;
  if (app.ready?.http !== undefined) return { kind: 'http', path: app.ready.http, timeoutMs };
  if (app.ready?.alive !== undefined) return { kind: 'alive', forMs: app.ready.alive, timeoutMs };
  return app.port === null
    ? { kind: 'alive', forMs: ALIVE_DEFAULT_MS, timeoutMs }
    : { kind: 'tcp', timeoutMs };
}
