import type {
  AppConfiguration,
  LimitsConfiguration,
  RestartConfiguration,
  StopConfiguration,
} from './configuration.ts';

export function describeCommon(app: AppConfiguration) {
  return {
    name: app.name,
    environment: app.environment,
    auto: app.auto,
    inherit_env: app.inheritEnv,
    env: app.env,
    user: app.user,
    log: {
      max_size: sizeText(app.log.maxSizeBytes),
      keep: app.log.keep,
      forward: app.log.forward,
    },
    signing: app.signing && { keys: app.signing },
    keep: app.keep,
    max_age: app.maxAgeMs && durationText(app.maxAgeMs),
    min_free: app.minFreeBytes && sizeText(app.minFreeBytes),
    after: app.after,
    cron: app.cron.map(({ timeoutMs, ...entry }) => ({ ...entry, timeout: durationText(timeoutMs) })),
  };
}

export function describeStop(stop: StopConfiguration) {
  return { signal: stop.signal, grace: durationText(stop.graceMs), to: stop.to };
}

export function describeLimits({ memoryBytes, cpuPercent, tasks, files }: LimitsConfiguration) {
  return {
    memory: memoryBytes && sizeText(memoryBytes),
    cpu: cpuPercent && `${cpuPercent}%`,
    tasks,
    files,
  };
}

export function describeRestart(restart: RestartConfiguration) {
  return {
    delay: durationText(restart.delayMs),
    max_delay: durationText(restart.maxDelayMs),
    reset_after: durationText(restart.resetAfterMs),
    max_retries: restart.maxRetries,
    schedule: restart.schedule,
  };
}

const DURATIONS: [string, number][] = [
  ['d', 86_400_000],
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

export function durationText(ms: number): string {
  return ms === 0 ? '0s' : exactText(ms, DURATIONS);
}

export function sizeText(bytes: number): string {
  return exactText(bytes, SIZES);
}

/** Writes an amount in the largest unit that leaves no fraction, so that it reads back as the same. */
function exactText(amount: number, units: [string, number][]): string {
  const [unit, factor] = units.find(([, factor]) => amount % factor === 0) ?? ['', 1];
  return `${amount / factor}${unit}`;
}
