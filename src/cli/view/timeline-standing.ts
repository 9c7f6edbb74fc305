import type { TimelineEntry } from '../../api/index.ts';

/** What an instance was like at a moment. */
export interface Standing {
  instance: string;
  /** Null where it did not run. */
  version: string | null;
  /** Since when, ISO 8601. */
  since: string;
  /** Why it was down, or did not answer; null where all was well. */
  trouble: string | null;
}

/** By what began and ended before a moment, the beginning of the entries included. */
export function standingAt(entries: readonly TimelineEntry[], at: number): Standing[] {
  const standings = new Map<string, Standing>();
  for (const { at: since, kind, instance, release, text } of entries) {
    if (Date.parse(since) > at || instance === null) continue;
    if (kind === 'run') standings.set(instance, { instance, version: release ?? '?', since, trouble: null });
    if (kind === 'exit') standings.set(instance, { instance, version: null, since, trouble: text });
    const known = standings.get(instance);
    if (kind !== 'state' || !known?.version) continue;
    const [, state] = / is (\w+)/.exec(text) ?? [];
    if (state === 'unready') standings.set(instance, { ...known, since, trouble: text });
    if (state === 'ready') standings.set(instance, { ...known, trouble: null });
  }
  return [...standings.values()].filter(({ instance }) => !instance.includes('/cron-'));
}
