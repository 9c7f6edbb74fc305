import type { App } from '../app/index.ts';
import type { Configuration } from '../config/index.ts';
import type { Forwarded } from '../forward/index.ts';
import { logFiles } from '../supervisor/index.ts';

const STREAMS = ['stdout', 'stderr'] as const;

/** What of an app is sent on, and where to. */
export function forwardedOf(app: App): Forwarded {
  const { context, instances } = app;
  const { id, key, logsDirectory, configuration, journal } = context;
  const versions = new Map<number, string | null>();
  return {
    app: id,
    targets: configuration.log.forward,
    logs: app.logUnits(null).flatMap((unit) => {
      const files = logFiles(logsDirectory, id, unit);
      return STREAMS.map((stream) => ({ unit, stream, file: files[stream] }));
    }),
    user: configuration.user,
    account: () => context.account(),
    releaseOf(unit) {
      const number = instances.all().find((each) => each.unit === unit)?.run?.release ?? null;
      if (number === null) return null;
      const version = versions.get(number) ?? journal.tables.release(key, number)?.version ?? null;
      versions.set(number, version);
      return version;
    },
  };
}

/** The agent's own log. Its id is none of an app. */
export function forwardedOwn({ log }: Configuration, file: string): Forwarded {
  return {
    ...{ id: '@agent', app: 'slipway' },
    targets: log.agent ? log.forward : [],
    logs: [{ unit: 'agent', stream: 'stdout', file }],
    user: null,
    account: async () => null,
    releaseOf: () => null,
  };
}
