import {
  type CommonConfiguration,
  idOf,
  type LimitsConfiguration,
  type RestartConfiguration,
  type StopConfiguration,
} from './configuration.ts';
import { defaultCronName } from './defaults.ts';
import type { CheckedConfiguration } from './schema.ts';

type CheckedApp = CheckedConfiguration['apps'][number];
export type CheckedService = Extract<CheckedApp, { kind: 'service' }>;
export type CheckedSite = Extract<CheckedApp, { kind: 'site' }>;
/** The value of a variable as it stands in the file, or null. */
export type VariableAsWritten = (name: string) => string | null;

export function compileCommon(app: CheckedApp, variableAsWritten: VariableAsWritten): CommonConfiguration {
  return {
    id: idOf(app.name, app.environment),
    name: app.name,
    environment: app.environment,
    auto: app.auto,
    inheritEnv: app.inherit_env,
    env: compileEnvironment(app.env, variableAsWritten),
    user: app.user,
    log: { maxSizeBytes: app.log.max_size, keep: app.log.keep, forward: app.log.forward ?? [] },
    signing: app.signing ? app.signing.keys : null,
    keep: app.keep,
    maxAgeMs: app.max_age,
    minFreeBytes: app.min_free,
    after: app.after,
    cron: app.cron.map(({ name, schedule, command, timeout }, index) => ({
      name: name ?? defaultCronName(index),
      schedule,
      command,
      timeoutMs: timeout,
    })),
  };
}

/** Numbers and booleans stay as they are written: `1.10` is not 1.1, and `0123` not 123. */
function compileEnvironment(
  env: CheckedApp['env'],
  variableAsWritten: VariableAsWritten,
): Record<string, string> {
  const entries = Object.entries(env).map(([name, value]) => [
    name,
    typeof value === 'string' ? value : (variableAsWritten(name) ?? String(value)),
  ]);
  return Object.fromEntries(entries);
}

export function compileStop(stop: CheckedService['stop']): StopConfiguration {
  return { signal: stop.signal, graceMs: stop.grace, to: stop.to };
}

export function compileLimits({ memory, cpu, tasks, files }: CheckedService['limits']): LimitsConfiguration {
  return { memoryBytes: memory, cpuPercent: cpu, tasks, files };
}

export function compileRestart(restart: CheckedService['restart']): RestartConfiguration {
  return {
    delayMs: restart.delay,
    maxDelayMs: restart.max_delay,
    resetAfterMs: restart.reset_after,
    maxRetries: restart.max_retries,
    schedule: restart.schedule,
  };
}
