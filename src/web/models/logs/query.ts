import type { LogItem } from '../../../api/pages/index.ts';
import type { Client } from '../../client/index.ts';

/** What of a log is looked at. `app` null: the agent's own. `at`: around a moment, in milliseconds, and no further. */
export interface LogsQuery {
  app: string | null;
  instance: string | null;
  grep: string;
  invert: boolean;
  stderr: boolean;
  sinceMs: number | null;
  at: number | null;
  /** Id of a line: those around it, and no further. */
  line?: string | null;
}

/** The lines of a log that a query means; `asked`: which of them. */
export function linesOf(
  client: Pick<Client, 'logs' | 'agentLogs'>,
  options: {
    query: LogsQuery;
    asked: Pick<
      Parameters<Client['agentLogs']>[0],
      'lines' | 'since' | 'line' | 'around' | 'before' | 'follow'
    >;
    given: { signal: AbortSignal; lastEventId?: string };
  },
): Promise<AsyncIterable<LogItem>> {
  const { query, asked: which, given } = options;
  const { app, instance, grep, invert, stderr } = query;
  const asked = {
    ...which,
    ...(grep !== '' && { grep, ...(invert && { invert }) }),
    ...(stderr && { stderr }),
  };
  return app === null
    ? client.agentLogs(asked, given)
    : client.logs({ app, ...(instance !== null && { instance }), ...asked }, given);
}
