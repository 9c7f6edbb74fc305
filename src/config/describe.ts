import { isSecretName, redact } from '../kernel/index.ts';
import type { Configuration, ReadinessConfiguration, ServiceConfiguration } from './configuration.ts';

/**
 * A configuration in the words of its file, with every default written out: what `slipway config show` prints.
 * Secrets are masked.
 */
export function maskedConfiguration(configuration: Configuration): Record<string, unknown> {
  const { listen } = configuration;
  return {
    data: configuration.dataDirectory,
    logs: configuration.logsDirectory,
    listen: listen && `${listen.host.includes(':') ? `[${listen.host}]` : listen.host}:${listen.port}`,
    apps: configuration.apps.map(maskedApp),
  };
}

const MASK = '[redacted]';

function maskedApp(app: ServiceConfiguration): Record<string, unknown> {
  const masked = (name: string, value: string) => (isSecretName(name) ? MASK : redact(value));
  return describeApp({
    ...app,
    start: app.start?.map(redact) ?? null,
    env: Object.fromEntries(Object.entries(app.env).map(([name, value]) => [name, masked(name, value)])),
    otp: { ...app.otp, cookie: app.otp.cookie && MASK },
  });
}

/** An app in the words of the file, secrets and all. */
export function describeApp(app: ServiceConfiguration) {
  return {
    name: app.name,
    environment: app.environment,
    kind: app.kind,
    runtime: app.runtime,
    ...(app.start !== null && { start: app.start }),
    source: { type: app.source.type, url: app.source.url, poll: durationText(app.source.pollMs) },
    replicas: app.replicas,
    auto: app.auto,
    inherit_env: app.inheritEnv,
    port: app.port,
    env: app.env,
    ready: describeReadiness(app.ready),
    user: app.user,
    stop: { signal: app.stop.signal, grace: durationText(app.stop.graceMs) },
    restart: {
      delay: durationText(app.restart.delayMs),
      max_delay: durationText(app.restart.maxDelayMs),
      reset_after: durationText(app.restart.resetAfterMs),
      max_retries: app.restart.maxRetries,
    },
    rollback_after: durationText(app.rollbackAfterMs),
    prove_after: durationText(app.proveAfterMs),
    pre_command_timeout: durationText(app.preCommandTimeoutMs),
    log: { max_size: sizeText(app.log.maxSizeBytes), keep: app.log.keep },
    keep: app.keep,
    max_unavailable: app.maxUnavailable,
    otp: app.otp,
  };
}

function describeReadiness(ready: ReadinessConfiguration): Record<string, unknown> {
  const timeout = durationText(ready.timeoutMs);
  switch (ready.kind) {
    case 'http':
      return { http: ready.path, timeout };
    case 'tcp':
      return { tcp: true, timeout };
    case 'alive':
      return { alive: durationText(ready.forMs), timeout };
  }
}

const DURATIONS: [string, number][] = [
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1000],
  ['ms', 1],
];
const SIZES: [string, number][] = [
  ['GB', 1024 ** 3],
  ['MB', 1024 ** 2],
  ['KB', 1024],
  ['B', 1],
];

function durationText(ms: number): string {
  return ms === 0 ? '0s' : exactText(ms, DURATIONS);
}

function sizeText(bytes: number): string {
  return exactText(bytes, SIZES);
}

/** In the largest unit that leaves no fraction, so that it reads back as the same amount. */
function exactText(amount: number, units: [string, number][]): string {
  const [unit, factor] = units.find(([, factor]) => amount % factor === 0) ?? ['', 1];
  return `${amount / factor}${unit}`;
}
