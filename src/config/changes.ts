import { isDeepStrictEqual } from 'node:util';
import type { AppConfiguration, Configuration } from './configuration.ts';
import { describeApp } from './describe.ts';
import { mappingOf } from './findings.ts';

/** `changed`: keys as the file has them. `restart`: whether they concern the processes that run now. */
export type AppChange = 'added' | 'removed' | 'unchanged' | { restart: boolean; changed: string[] };

const RESTARTING = [
  ...[
    'kind',
    'runtime',
    'release',
    'start',
    'inherit_env',
    'port',
    'env',
    'env.RELEASE_NODE',
    'user',
    'limits',
  ],
  'otp.cookie',
];

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

function changeBetween(before: AppConfiguration, after: AppConfiguration): AppChange {
  const former = keysOf(before);
  const present = keysOf(after);
  const changed = Object.keys({ ...former, ...present }).filter(
    (key) => !isDeepStrictEqual(former[key], present[key]),
  );
  if (changed.length === 0) return 'unchanged';
  const restart = changed.some((key) => RESTARTING.includes(key)) || hasOtherCommand(before, after);
  return { restart, changed };
}

/** Whether a worker that there is before and after runs another command, or with other limits. */
function hasOtherCommand(before: AppConfiguration, after: AppConfiguration): boolean {
  if (before.kind !== 'site' || after.kind !== 'site') return false;
  return before.workers.some((former) => {
    const present = after.workers.find(({ name }) => name === former.name);
    return (
      present !== undefined &&
      !isDeepStrictEqual([former.command, former.limits], [present.command, present.limits])
    );
  });
}

function keysOf(app: AppConfiguration): Record<string, unknown> {
  const { otp, ...keys } = describeApp(app);
  if (otp === undefined) return keys;
  return {
    ...keys,
    // Another app may have come that has the same name, or have gone.
    ...(app.kind === 'service' && { 'env.RELEASE_NODE': app.otp.names }),
    ...Object.fromEntries(Object.entries(mappingOf(otp)).map(([key, value]) => [`otp.${key}`, value])),
  };
}
