import type { AppContext } from '../deployment/index.ts';
import type { AppKey } from '../journal/index.ts';
import type { EndedRun, Run } from '../supervisor/index.ts';

/** So far back a crash loop can be looked at; of one that ends seldom, some runs are kept whatever their age. */
const KEPT_RUNS = { keep: 500, always: 50 };
const KEPT_MS = 90 * 86_400_000;

/**
 * Journals that a run has begun, as soon as the journal can be written. `isSuccessor`: what the instance runs is another version
 * only when it takes over.
 */
export function recordStart(
  { journal, key, id }: AppContext,
  run: Run,
  { stderrFrom, isSuccessor }: { stderrFrom: number | null; isSuccessor: boolean },
): void {
  const { unit, release, startedAt } = run;
  journal.writeSoon(`${id}/${run.unit}: run ${run.id} started`, (tables) => {
    tables.putRun({
      ...recordOf(run, key),
      endedAt: null,
      status: null,
      signal: null,
      reason: null,
      unexpected: null,
      stderr: null,
      stderrFrom,
    });
    if (!isSuccessor) tables.history.noteVersion(key, { unit, release, at: startedAt });
  });
}

/** Journals how a run has ended, and what its instance has been through by then, as soon as the journal can be written. */
export function recordEnd(
  { journal, key, id, clock }: AppContext,
  of: { unit: string; restarts: { crash: number; forced: number }; isSuccessors: boolean },
  ended: EndedRun,
): void {
  const { run, exit, reason, unexpected, stderr, oomKills } = ended;
  const { unit, restarts, isSuccessors } = of;
  const lastExit = { status: exit.status, signal: exit.signal, reason, at: exit.at };
  const { crash, forced } = restarts;
  journal.writeSoon(`${id}/${run.unit}: run ${run.id} ended`, (tables) => {
    tables.putRun({
      ...recordOf(run, key),
      endedAt: Math.round(exit.at),
      status: exit.status,
      signal: exit.signal,
      reason,
      unexpected,
      stderr,
    });
    const former = tables.instances(key).find((row) => row.unit === unit)?.oomKills ?? 0;
    tables.updateInstance(key, unit, {
      ...{ crashRestarts: crash, forcedRestarts: forced },
      // Of one that is to take over nothing is said of the one that serves.
      ...(!isSuccessors && { lastExit }),
      oomKills: former + oomKills,
    });
    tables.history.pruneRuns(key, { unit, ...KEPT_RUNS, endedBefore: clock.now() - KEPT_MS });
  });
}

function recordOf({ id, unit, release, kind, pid, startedAt }: Run, key: AppKey) {
  return { ...key, id, unit, release, kind, pid, startedAt };
}
