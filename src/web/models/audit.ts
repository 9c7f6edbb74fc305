import { type ReadonlySignal, signal } from '@preact/signals';
import type { AuditEntry } from '../../api/pages/index.ts';
import { asProblem, type Client, type Problem } from '../client/index.ts';

const PAGE = 100;

export interface AuditFilter {
  app: string | null;
  actor: string | null;
}

/** Who did what, newest first, as far back as one goes. */
export interface AuditModel {
  entries: ReadonlySignal<readonly AuditEntry[] | null>;
  problem: ReadonlySignal<Problem | null>;
  busy: ReadonlySignal<boolean>;
  /** Whether there may be older ones. */
  hasMore: ReadonlySignal<boolean>;
  more(): Promise<void>;
  start(): () => void;
}

export function createAudit(
  { client }: { client: Pick<Client, 'audit'> },
  { app, actor }: AuditFilter,
): AuditModel {
  const entries = signal<readonly AuditEntry[] | null>(null);
  const problem = signal<Problem | null>(null);
  const busy = signal(false);
  const hasMore = signal(false);
  async function more(): Promise<void> {
    if (busy.value) return;
    busy.value = true;
    try {
      const before = entries.value?.at(-1)?.seq;
      const older = await client.audit({
        limit: PAGE,
        ...(app !== null && { app }),
        ...(actor !== null && { actor }),
        ...(before !== undefined && { before }),
      });
      entries.value = [...(entries.value ?? []), ...older];
      hasMore.value = older.length === PAGE;
      problem.value = null;
    } catch (error) {
      problem.value = asProblem(error);
    } finally {
      busy.value = false;
    }
  }
  return {
    entries,
    problem,
    busy,
    hasMore,
    more,
    start() {
      void more();
      return () => {};
    },
  };
}
