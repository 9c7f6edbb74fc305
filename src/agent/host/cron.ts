import type { Backend } from '../../api/index.ts';
import { presentCron } from '../present-cron.ts';
import type { HostOptions } from './options.ts';

type Operations = Pick<Backend, 'cron' | 'runCron'>;

export function cronOperations({ apps }: HostOptions): Operations {
  return {
    cron: (app) => presentCron(apps.find(app)),
    async runCron({ app, entry, caller }) {
      const { context, cron } = apps.find(app);
      const { pid } = await cron.runNow(entry, caller.actor);
      const { id } = context;
      return {
        message: `cron entry ${entry} of ${id} runs as pid ${pid}; what it writes: slipway logs ${id}/cron-${entry} -f`,
      };
    },
  };
}
