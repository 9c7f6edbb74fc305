import type { Backend } from '../../api/index.ts';
import { presentRun, stepMedians, timeline } from '../history/index.ts';
import type { HostOptions } from './options.ts';

type Operations = Pick<Backend, 'runs' | 'timeline' | 'stepMedians'>;

const RUNS = 1000;

/** What has been. */
export function historyOperations({ apps, journal }: HostOptions): Operations {
  return {
    runs({ app, instance }, { limit, before }) {
      const { context, cron, instances } = apps.find(app);
      // One that is not there any more has its history still.
      const page = { unit: instance, limit: limit ?? RUNS, before };
      const rows = journal.tables.history.runs(context.key, page);
      if (rows.length === 0 && !cron.units().includes(instance)) instances.row(instance);
      return rows.map(presentRun);
    },
    timeline(asked, known) {
      if (asked.app === null)
        return timeline(journal, { ...asked, known, apps: apps.all().map(({ context }) => context) });
      const app = apps.known(asked.app);
      return timeline(journal, { ...asked, known, app: app.id, apps: [app] });
    },
    stepMedians({ app, kind }) {
      const { key, id } = apps.find(app).context;
      return stepMedians(journal, { key, id, kind });
    },
  };
}
