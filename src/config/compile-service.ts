import {
  type CheckedService,
  compileCommon,
  compileLimits,
  compileRestart,
  compileStop,
  type VariableAsWritten,
} from './compile-common.ts';
import { compileRouting } from './compile-routing.ts';
import type {
  CanaryConfiguration,
  LivenessConfiguration,
  ReadinessConfiguration,
  RollOutConfiguration,
  ServiceConfiguration,
} from './configuration.ts';
import { DEFAULTS, defaultStrategy } from './defaults.ts';
import type { NodeNames } from './node-names.ts';

export function compileService(
  app: CheckedService,
  variableAsWritten: VariableAsWritten,
  names: NodeNames,
): ServiceConfiguration {
  return {
    kind: app.kind,
    ...compileCommon(app, variableAsWritten),
    runtime: app.runtime,
    release: app.release,
    start: app.start ?? null,
    source: compileSource(app.source),
    replicas: app.replicas,
    port: app.port,
    ready: compileReadiness(app),
    health: app.health && compileLiveness(app.health),
    stop: compileStop(app.stop),
    restart: compileRestart(app.restart),
    limits: compileLimits(app.limits),
    rollbackAfterMs: app.rollback_after,
    proveAfterMs: app.prove_after,
    preCommandTimeoutMs: app.pre_command_timeout,
    maxUnavailable: app.max_unavailable,
    ...compileRouting(app),
    sticky: app.sticky,
    rollOut: compileRollOut(app),
    canary: app.canary && compileCanary(app.canary),
    otp: {
      names,
      cookie: app.otp.cookie,
      connectInstances: app.otp.connect_instances,
      upgradeTimeoutMs: app.otp.upgrade_timeout,
      purge: app.otp.purge,
      tls: app.otp.tls,
    },
  };
}

function compileRollOut({
  roll_out: written,
  domains,
  replicas,
  port,
  max_unavailable,
}: CheckedService): RollOutConfiguration {
  const { batch = max_unavailable, drain: drainMs, spare_port } = written;
  return {
    strategy: written.strategy ?? defaultStrategy({ isBehind: domains.length > 0 && port !== null }),
    batch: typeof batch === 'number' ? batch : Math.max(1, Math.floor((replicas * batch.share) / 100)),
    drainMs,
    sparePort: port === null ? null : (spare_port ?? port + DEFAULTS.spareAbovePort),
  };
}

function compileCanary(canary: NonNullable<CheckedService['canary']>): CanaryConfiguration {
  return {
    share: canary.share,
    forMs: canary.for,
    maxErrors: canary.max_errors,
    maxLatency: canary.max_latency,
    promote: canary.promote,
  };
}

function compileSource(source: CheckedService['source']): ServiceConfiguration['source'] {
  if (source.type === 'upload') return source;
  const { type, url, poll: pollMs, path_style: pathStyle, ...keys } = source;
  const given = Object.entries({ ...keys, pathStyle }).filter(([, value]) => value !== null);
  return { type, url, pollMs, ...Object.fromEntries(given) };
}

const ALIVE_DEFAULT_MS = 5000;
const READY_TIMEOUT_DEFAULT_MS = 60_000;

function compileReadiness(app: CheckedService): ReadinessConfiguration {
  const timeoutMs = app.ready?.timeout ?? READY_TIMEOUT_DEFAULT_MS;
  if (app.ready?.http !== undefined) return { kind: 'http', path: app.ready.http, timeoutMs };
  if (app.ready?.alive !== undefined) return { kind: 'alive', forMs: app.ready.alive, timeoutMs };
  return app.port === null
    ? { kind: 'alive', forMs: ALIVE_DEFAULT_MS, timeoutMs }
    : { kind: 'tcp', timeoutMs };
}

function compileLiveness(health: NonNullable<CheckedService['health']>): LivenessConfiguration {
  return {
    question: health.http === undefined ? { kind: 'tcp' } : { kind: 'http', path: health.http },
    everyMs: health.every,
    timeoutMs: health.timeout,
    failures: health.failures,
  };
}
