import type { Run } from '../../api/index.ts';
import type { NumberedRun } from '../../journal/index.ts';
import { iso } from '../present.ts';

export function presentRun(row: NumberedRun): Run {
  return {
    run: row.id,
    number: row.number,
    release: row.release,
    version: row.version,
    kind: row.kind,
    pid: row.pid,
    started_at: iso(row.startedAt),
    ended_at: row.endedAt === null ? null : iso(row.endedAt),
    status: row.status,
    signal: row.signal,
    reason: row.reason,
    unexpected: row.unexpected,
    last_words: [...(row.stderr ?? [])],
  };
}
