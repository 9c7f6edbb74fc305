import type { Client } from '../../client/index.ts';
import type { LogsModel } from './logs.ts';
import type { LogsQuery } from './query.ts';

const AROUND_MS = 60_000;
const DAY_MS = 24 * 3_600_000;

/** Puts deployments and exits between the lines that were written before and after them. */
export async function addMarkers(
  model: Pick<LogsModel, 'mark'>,
  options: { client: Pick<Client, 'timeline'>; query: LogsQuery; signal: AbortSignal; now: number },
): Promise<void> {
  const { client, query, signal, now } = options;
  const { app, instance, at, sinceMs } = query;
  if (app === null) return;
  const from = at === null ? (sinceMs ?? now - DAY_MS) : at - AROUND_MS;
  const entries = await client
    .timeline({ app, from, ...(at !== null && { to: at + AROUND_MS }), limit: 200 }, { signal })
    .catch(() => []);
  for (const entry of entries) {
    if (signal.aborted) return;
    if (entry.kind !== 'deployment' && entry.kind !== 'exit' && entry.kind !== 'action') continue;
    if (instance !== null && entry.instance !== null && entry.instance !== `${app}/${instance}`) continue;
    model.mark({ at: Date.parse(entry.at), text: entry.text, instance: entry.instance, isBad: entry.is_bad });
  }
}
