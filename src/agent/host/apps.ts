import type { Backend } from '../../api/index.ts';
import { Site } from '../../site/index.ts';
import { findUid } from '../../supervisor/index.ts';
import type { Apps } from '../apps.ts';
import { presentApp, presentReleases } from '../present.ts';
import { presentSecrets } from '../present-secrets.ts';
import { presentWaiting } from '../present-waiting.ts';
import { waitsFor } from '../secrets/index.ts';
import { cannotChange, presentDamage } from '../warnings.ts';
import type { HostOptions } from './options.ts';

type Operations = Pick<Backend, 'status' | 'releases' | 'whose' | 'runsAsRoot' | 'whyUnchangeable'>;

export function appOperations({
  apps,
  clock,
  events,
  journal,
  version,
  warnings,
  forwards,
  secrets,
}: HostOptions): Operations {
  const startedMs = clock.monotonicMs();
  return {
    async status(app) {
      // What happens while this is put together is told after it.
      const { lastId: lastEvent } = events;
      const asked = app === null ? null : apps.findWaiting(app);
      const shown = app === null ? apps.all() : asked ? [] : [apps.find(app)];
      const waiting = app === null ? apps.waiting() : asked ? [asked] : [];
      await apps.traffic.look();
      for (const { context, instances } of shown) await context.runs.measure(instances.runs());
      return {
        agent: {
          version,
          pid: process.pid,
          uptime_s: Math.round((clock.monotonicMs() - startedMs) / 100) / 10,
          warnings: warnings(),
          forwards: forwards(),
          journal: presentDamage(journal),
          secrets: presentSecrets(secrets),
          proxy: apps.front.status,
          last_event: lastEvent,
        },
        apps: [
          ...shown.map((each) => presentApp(each, apps)),
          ...waiting
            .flatMap(({ id }) => apps.findWaiting(id) ?? [])
            .map((each) =>
              presentWaiting({ ...each, waitsFor: waitsFor(each.id, secrets.failing) }, journal, clock),
            ),
        ],
      };
    },
    releases(app) {
      const waiting = apps.findWaiting(app);
      if (waiting === null) {
        const found = apps.find(app);
        return presentReleases(found.releases(), found instanceof Site ? found.stray : null);
      }
      return presentReleases(journal.tables.releases(waiting).filter(({ removedAt }) => removedAt === null));
    },
    whyUnchangeable: () => cannotChange(journal),
    whose({ app, deployment }) {
      if (deployment === null) return app === null ? null : idOf(apps, app);
      const row = Number.isSafeInteger(deployment) ? journal.tables.deployment(deployment) : null;
      const known = row && apps.all().find(({ context }) => isSame(context.key, row));
      return known?.context.id ?? null;
    },
    async runsAsRoot(id) {
      const { user } = apps.findWaiting(id) ?? apps.find(id).context.configuration;
      if (user === null) return process.getuid?.() === 0;
      return (await findUid(user)) === 0;
    },
  };
}

/** Null where there is none, or several. */
function idOf(apps: Apps, text: string): string | null {
  try {
    return apps.findWaiting(text)?.id ?? apps.find(text).context.id;
  } catch {
    return null;
  }
}

function isSame(a: { name: string; environment: string }, b: { name: string; environment: string }): boolean {
  return a.name === b.name && a.environment === b.environment;
}
