import type { Input, TimelineEntry } from '../../api/index.ts';
import type { AppKey, Journal, NumberedRun, Span } from '../../journal/index.ts';
import { iso } from '../present.ts';
import { actionEntries } from './entries-of-actions.ts';
import { deploymentBegun, deploymentEnded } from './entries-of-deployments.ts';
import { eventEntries, TYPES } from './entries-of-events.ts';
import { runBegun, runEnded } from './entries-of-runs.ts';
import type { Entry } from './entry.ts';

export interface TimelineApp {
  key: AppKey;
  id: string;
}

/** What was, of one app or of all, from what the journal has of it: oldest first, and of more than `limit` the newest. */
export function timeline(
  { tables }: Journal,
  asked: Input<'timeline'> & { apps: readonly TimelineApp[] },
): TimelineEntry[] {
  const { apps, app, limit, leading } = asked;
  const span: Span = { from: asked.from ?? 0, to: asked.to ?? Number.MAX_SAFE_INTEGER, limit };
  const { history } = tables;
  const ofApps = apps.flatMap(({ key, id }): Entry[] => {
    const actions = actionEntries(history.audit(id, span));
    return [
      ...history.deploymentsBegun(key, span).map((row) => deploymentBegun(id, row)),
      ...history.deploymentsEnded(key, span).map((row) => deploymentEnded(id, row)),
      ...history.runsEnded(key, span).map((row) => runEnded(id, row)),
      ...history.runsStarted(key, span).map((row) => runBegun(id, row)),
      ...eventEntries(history.events(id, { ...span, types: TYPES }), { actions }),
      ...actions,
    ];
  });
  const ofHost = [
    ...eventEntries(history.events(null, { ...span, types: TYPES }), { actions: [], app }),
    // Of what was done to the host that which is done to its apps; not who logged in.
    ...actionEntries(history.audit(null, span).filter(({ action }) => /^(config|agent)\b/.test(action))),
  ];
  const found = [...ofApps, ...ofHost].toSorted(inTime).slice(-limit);
  const before = leading
    ? apps.flatMap(({ key, id }) => history.lastRuns(key, span.from).map((row) => lastOf(id, row, span.from)))
    : [];
  return [...before.toSorted(inTime), ...found].map(present);
}

/** What its instance was like at the beginning: it ran, or had ended. */
function lastOf(app: string, row: NumberedRun, before: number): Entry {
  return row.endedAt === null || row.endedAt >= before ? runBegun(app, row) : runEnded(app, row);
}

function present(given: Entry): TimelineEntry {
  const { at, kind, app, instance, release, text, deployment, actor, is_bad, last_words } = given;
  const told = { at: iso(at), kind, app, instance, release, text, deployment, actor, is_bad };
  return last_words === undefined ? told : { ...told, last_words };
}

function inTime(a: Entry, b: Entry): number {
  return a.at - b.at || a.rank - b.rank;
}
