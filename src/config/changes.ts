import { isDeepStrictEqual } from 'node:util';
import type { Configuration, ServiceConfiguration } from './configuration.ts';
import { describeApp } from './describe.ts';

/** `changed`: keys as the file has them. `restart`: whether they concern the processes that run now. */
export type AppChange = 'added' | 'removed' | 'unchanged' | { restart: boolean; changed: string[] };

const RESTARTING = ['runtime', 'start', 'inherit_env', 'port', 'env', 'user', 'otp.cookie'];

/** What happens to each app, by id, when `after` takes the place of `before`. */
export function changedApps(before: Configuration, after: Configuration): Record<string, AppChange> {
  const changes: Record<string, AppChange> = {};
  for (const app of before.apps) changes[app.id] = 'removed';
  for (const app of after.apps) {
    const former = before.apps.find(({ id }) => id === app.id);
    changes[app.id] = former ? changeBetween(former, app) : 'added';
  }
  return changes;
}

function changeBetween(before: ServiceConfiguration, after: ServiceConfiguration): AppChange {
  const former = keysOf(before);
  const present = keysOf(after);
  const changed = Object.keys({ ...former, ...present }).filter(
    (key) => !isDeepStrictEqual(former[key], present[key]),
  );
  return changed.length === 0
    ? 'unchanged'
    : { restart: changed.some((key) => RESTARTING.includes(key)), changed };
}

function keysOf(app: ServiceConfiguration): Record<string, unknown> {
  const { otp, ...keys } = describeApp(app);
  return { ...keys, 'otp.cookie': otp.cookie, 'otp.tls': otp.tls };
}
