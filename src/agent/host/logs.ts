import type { Backend, Happening } from '../../api/index.ts';
import { readQuery, sourcesOf } from '../logs.ts';
import { stream } from '../stream.ts';
import type { HostOptions } from './options.ts';

type Operations = Pick<Backend, 'logs' | 'agentLogs' | 'events'>;

export function logOperations({ apps, agentLog, events }: HostOptions): Operations {
  return {
    logs: ({ app, instance, query, signal }) =>
      readQuery(sourcesOf(apps.find(app), instance, query.stderr), { query, signal }),
    async *agentLogs(asked) {
      const source = { file: agentLog.file, instance: 'agent', stream: 'stdout' } as const;
      for await (const line of readQuery([source], asked)) yield { ...line, instance: null };
    },
    events: ({ afterSeq, signal }) =>
      stream<Happening>(signal, (push) => {
        for (const happening of afterSeq === null ? [] : events.since(afterSeq)) push(happening);
        return events.happened.on(push);
      }),
  };
}
