import type { Backend } from '../../api/index.ts';
import { SlipwayError } from '../../kernel/index.ts';
import { readEvents } from '../events/index.ts';
import { readQuery, sourcesOf } from '../logs.ts';
import { readAccess } from '../proxy/index.ts';
import type { HostOptions } from './options.ts';

type Operations = Pick<Backend, 'logs' | 'accessLog' | 'agentLogs' | 'events'>;

export function logOperations({ apps, agentLog, events, clock }: HostOptions): Operations {
  return {
    logs: ({ app, instance, query, signal }) =>
      readQuery(sourcesOf(apps.find(app), instance, query.stderr), { query, signal }),
    accessLog({ app: named, ...asked }) {
      const { front } = apps;
      const app = apps.find(named).context.id;
      if (front.isBefore(app)) return readAccess({ ...asked, app, file: front.accessLog });
      throw new SlipwayError('usage', {
        message: `${app} has no domains: no request comes to it through the proxy`,
        hint: 'docs/proxy.md says how the proxy is set up',
        next: 'slipway config show',
      });
    },
    async *agentLogs(asked) {
      const source = { file: agentLog.file, instance: 'agent', stream: 'stdout' } as const;
      for await (const line of readQuery([source], asked)) {
        const own = 'line' in line ? ownTime(line.line) : null;
        yield { ...line, ...own, instance: null };
      }
    },
    events: ({ after, signal }) => readEvents(events, { after, signal, clock }),
  };
}

/** The agent's own lines begin with their time. */
function ownTime(line: string): { at: string; exact?: never } | null {
  const [at] = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z(?= )/.exec(line) ?? [];
  return at === undefined ? null : { at };
}
