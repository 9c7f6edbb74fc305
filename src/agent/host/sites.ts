import type { Backend } from '../../api/index.ts';
import { Site } from '../../site/index.ts';
import { setMaintenance } from '../proxy/index.ts';
import { Webhooks } from '../webhook.ts';
import type { HostOptions } from './options.ts';

type Operations = Pick<Backend, 'env' | 'changeEnv' | 'setMaintenance' | 'webhook'>;

/** What a site has, and a service has not or in another way. */
export function siteOperations({ apps, clock, agentLog }: HostOptions): Operations {
  const webhooks = new Webhooks({ clock, write: (line) => agentLog.write(line) });
  return {
    env: async (app) => apps.findSite(app, 'env').listEnv(),
    changeEnv: async ({ app, set, unset, caller }) =>
      await apps.findSite(app, 'env').changeEnv({ set, unset }, caller),
    async setMaintenance({ app: id, on, caller }) {
      const app = apps.find(id);
      // One that was put behind the proxy since may still have its page.
      const hasPage = app instanceof Site && (!apps.front.isBefore(id) || (!on && app.isInMaintenance));
      const message = hasPage ? app.setMaintenance(on, caller) : null;
      if (message !== null && !apps.front.isInMaintenance(id)) return { message };
      return { message: await setMaintenance(app, { front: apps.front, on, caller }) };
    },
    async webhook(call) {
      const app = apps.all().find(({ context }) => context.id === call.app);
      return webhooks.answer(app instanceof Site ? app : null, call);
    },
  };
}
