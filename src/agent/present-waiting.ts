import type * as api from '../api/index.ts';
import type { WaitingApp } from '../config/index.ts';
import type { Journal } from '../journal/index.ts';
import { type Clock, safeText } from '../kernel/index.ts';
import { iso, presentLast } from './present.ts';

/** An app that waits for a secret: what the journal knows of it, and why it waits. */
export function presentWaiting(
  { id, kind, reason, waitsFor, ...key }: WaitingApp & { reason: string; waitsFor: string[] },
  journal: Journal,
  clock: Clock,
): api.App {
  const { tables } = journal;
  const row = tables.app(key);
  const live = row === null || row.live === null ? null : tables.release(key, row.live);
  return {
    ...{ app: id, name: key.name, environment: key.environment, kind },
    state: live === null ? 'idle' : 'down',
    live: live && {
      number: live.number,
      version: live.version,
      commit: live.commitId,
      since: iso(row?.liveSince ?? live.createdAt),
    },
    source: { state: 'waiting', reason: safeText(reason), at: iso(clock.now()), offer: null, tried: null },
    pinned: row?.pinned ?? null,
    ghosted: [],
    deployment: null,
    last_deployment: presentLast(journal, key),
    maintenance: false,
    instances: [],
    waits_for: waitsFor,
  };
}
