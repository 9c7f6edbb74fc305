import type { AppContext } from '../deployment/index.ts';
import { messageOf } from '../kernel/index.ts';
import {
  describeExit,
  type Instance,
  type InstanceSettings,
  isOfThisBoot,
  type Run,
  type RunExit,
  type Wanted,
} from '../supervisor/index.ts';
import { recordEnd } from './run-record.ts';

interface Found {
  run: Run;
  exit: RunExit | null;
}

/** Takes over what an earlier agent left of an instance: one run is the rule. What is left beside it is ended. */
export function takeOver(
  context: AppContext,
  instance: Instance,
  left: { runs: readonly Found[]; wanted: (last: Found) => Wanted; stop: InstanceSettings['stop'] },
): void {
  const { runs, wanted, stop } = left;
  // Of several, the one that lives, else the last: it is told of like any other end, and acted upon.
  const sorted = runs.toSorted(
    (a, b) => Number(a.exit === null) - Number(b.exit === null) || a.run.startTicks - b.run.startTicks,
  );
  for (const { run } of sorted.slice(0, -1)) dispose(context, run, stop);
  const last = sorted.at(-1);
  if (last) adopt(context, instance, { ...last, wanted });
}

function adopt(
  context: AppContext,
  instance: Instance,
  { run, exit, wanted }: Found & { wanted: (last: Found) => Wanted },
): void {
  const { runs, journal } = context;
  if (exit !== null && !isOfThisBoot(run)) {
    // Most end with the host, which is no fault of theirs.
    const reason = `${describeExit(exit)}; the host, or its container, was restarted since`;
    const of = { unit: instance.unit, restarts: instance.state.restarts, isSuccessors: false };
    recordEnd(context, of, { run, exit, reason, unexpected: false, stderr: [], oomKills: 0 });
    return runs.forget(run.id);
  }
  const row = journal.tables.runById(run.id);
  // An upgrade in place is known to the journal alone: the id of the run has what it was started with.
  const recorded = row
    ? { ...run, release: row.release, kind: row.kind }
    : // The link is switched with the process.
      { ...run, release: (journal.damage ? wanted({ run, exit }).release : null) ?? run.release };
  instance.adopt(recorded, { wanted: wanted({ run: recorded, exit }), stderrFrom: row?.stderrFrom ?? null });
}

/** Ends what an earlier agent left beside the run that counts, and forgets it. */
function dispose({ runs, log }: AppContext, run: Run, stop: InstanceSettings['stop']): void {
  runs.end(run, { stop }).then(
    () => runs.forget(run.id),
    // The next agent finds it again.
    (error: unknown) => log({ type: 'run.left', message: `${run.id} was not ended: ${messageOf(error)}` }),
  );
}
