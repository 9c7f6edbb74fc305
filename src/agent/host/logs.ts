import type { Backend } from '../../api/index.ts';
import { readEvents } from '../events/index.ts';
import { readQuery, sourcesOf } from '../logs.ts';
import type { HostOptions } from './options.ts';

type Operations = Pick<Backend, 'logs' | 'agentLogs' | 'events'>;

export function logOperations({ apps, agentLog, events, clock }: HostOptions): Operations {
  return {
    logs: ({ app, instance, query, signal }) =>
      readQuery(sourcesOf(apps.find(app), instance, query.stderr), { query, signal }),
    async *agentLogs(asked) {
      const source = { file: agentLog.file, instance: 'agent', stream: 'stdout' } as const;
      for await (const line of readQuery([source], asked)) yield { ...line, instance: null };
    },
    events: ({ after, signal }) => readEvents(events, { after, signal, clock }),
  };
}
