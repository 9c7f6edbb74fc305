import type * as api from '../api/index.ts';
import type { App } from '../app/index.ts';
import { iso } from './present.ts';

const RUNS_SHOWN = 10;

export function presentCron({ context, cron }: App): api.CronEntry[] {
  return context.configuration.cron.map(({ name, schedule }) => {
    const nextAt = cron.nextAt(name);
    return {
      name,
      schedule,
      next_at: nextAt === null ? null : iso(nextAt),
      running: cron.running(name),
      runs: cron.history(name, RUNS_SHOWN).map((run) => ({
        started_at: iso(run.startedAt),
        ended_at: run.endedAt === null ? null : iso(run.endedAt),
        status: run.status,
        signal: run.signal,
        reason: run.reason,
      })),
    };
  });
}
