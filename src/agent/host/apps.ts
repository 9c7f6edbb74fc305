import type { Backend } from '../../api/index.ts';
import { presentApp, presentReleases } from '../present.ts';
import type { HostOptions } from './options.ts';

type Operations = Pick<Backend, 'status' | 'releases'>;

export function appOperations({ apps, clock, events, version, warnings }: HostOptions): Operations {
  const startedMs = clock.monotonicMs();
  return {
    async status(app) {
      // What happens while this is put together is told after it.
      const { lastId: lastEvent } = events;
      const shown = app === null ? apps.all() : [apps.find(app)];
      for (const { context, instances } of shown) await context.runs.measure(instances.runs());
      return {
        agent: {
          version,
          pid: process.pid,
          uptime_s: Math.round((clock.monotonicMs() - startedMs) / 100) / 10,
          warnings: warnings(),
          last_event: lastEvent,
        },
        apps: shown.map((each) => presentApp(each)),
      };
    },
    releases: (app) => presentReleases(apps.find(app)),
  };
}
