import type { Backend } from '../../api/index.ts';
import { AppSecrets } from '../../app/index.ts';
import { iso } from '../present.ts';
import type { HostOptions } from './options.ts';

type Operations = Pick<Backend, 'secrets' | 'changeSecrets'>;

/** Secrets that were set on this host: of an app that waits for one, too. */
export function secretOperations({
  apps,
  inForce,
  journal,
  clock,
  events,
  agentLog,
}: HostOptions): Operations {
  const secretsOf = (text: string): AppSecrets => {
    const waiting = apps.findWaiting(text);
    if (waiting === null) return apps.find(text).secrets;
    const { id, name, environment } = waiting;
    const { dataDirectory } = apps.inForce;
    return new AppSecrets({ key: { name, environment }, id, journal, clock, dataDirectory });
  };
  return {
    secrets: (app) =>
      secretsOf(app)
        .list()
        .map(({ name, setAt }) => ({ name, set_at: iso(setAt) })),
    async changeSecrets({ app, set, unset, caller }) {
      const change = { set, unset };
      const waiting = apps.findWaiting(app);
      if (waiting === null) {
        const found = apps.find(app);
        const message = found.changeSecrets(change, caller);
        await inForce.follow(found.context.id);
        return { message };
      }
      const missing = secretsOf(app).change(change);
      const names = [...Object.keys(set), ...unset.filter((name) => !missing.includes(name))];
      const message = `${waiting.id}: secrets ${names.join(', ') || 'none'} changed by ${caller.actor}`;
      agentLog.write(message);
      events.add({ app: waiting.id, type: 'secrets', message });
      await inForce.follow(waiting.id);
      const still = apps.findWaiting(app);
      return {
        message: `${names.join(', ') || 'nothing'} changed; ${still === null ? `${waiting.id} has all it waited for, and starts` : still.reason}`,
      };
    },
  };
}
