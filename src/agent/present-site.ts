import type * as api from '../api/index.ts';
import type { Foresight, Site } from '../site/index.ts';
import { iso } from './present.ts';

const RUNS_SHOWN = 10;

export function presentCron(site: Site): api.CronEntry[] {
  return site.context.configuration.cron.map(({ name, schedule }) => {
    const nextAt = site.cron.nextAt(name);
    return {
      name,
      schedule,
      next_at: nextAt === null ? null : iso(nextAt),
      running: site.cron.running(name),
      runs: site.cron.history(name, RUNS_SHOWN).map((run) => ({
        started_at: iso(run.startedAt),
        ended_at: run.endedAt === null ? null : iso(run.endedAt),
        status: run.status,
        signal: run.signal,
        reason: run.reason,
      })),
    };
  });
}

export function presentForesight(foresight: Foresight): api.Plan['site'] {
  const { commits, hooks, links, prunes, space } = foresight;
  return {
    commits: commits.map(({ commit, subject, author, at }) => ({ commit, subject, author, at: iso(at) })),
    hooks,
    links,
    prunes,
    space: space && { needed_bytes: space.neededBytes, free_bytes: space.freeBytes },
  };
}
