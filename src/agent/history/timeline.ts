import type { Input, TimelineEntry } from '../../api/index.ts';
import type { AppKey, Journal, NumberedRun, Span } from '../../journal/index.ts';
import { iso } from '../present.ts';
import { actionEntries } from './entries-of-actions.ts';
import { deploymentBegun, deploymentEnded } from './entries-of-deployments.ts';
import { eventEntries, SAME_MS, TYPES } from './entries-of-events.ts';
import { runBegun, runEnded } from './entries-of-runs.ts';
import type { Entry } from './entry.ts';

export interface TimelineApp {
  key: AppKey;
  id: string;
}

export interface TimelinePage {
  /** Oldest first. */
  entries: TimelineEntry[];
  /** `before` of the page with those that came before these; null where there are none. */
  next: string | null;
}

/**
 * What was, of one app or of all, from what the journal has of it: oldest first, and of more than `limit` the newest. `known`: ids
 * of the apps that whoever asks may know of; null: all, and the host.
 */
export function timeline(
  { tables }: Journal,
  asked: Input<'timeline'> & { apps: readonly TimelineApp[]; known: readonly string[] | null },
): TimelinePage {
  const { app, limit, leading } = asked;
  const mayKnow = (id: string | null) => asked.known === null || (id !== null && asked.known.includes(id));
  const apps = asked.apps.filter(({ id }) => mayKnow(id));
  const cursor = asked.before === null ? null : parseCursor(asked.before);
  const from = asked.from ?? 0;
  const to = Math.min(asked.to ?? Number.MAX_SAFE_INTEGER, cursor?.at ?? Number.MAX_SAFE_INTEGER);
  const span: Span = { from, to, limit: limit + 1 + (cursor?.had ?? 0) };
  const { history } = tables;
  // Of what is sorted out later there may be more: before the oldest of it that was read nothing is known.
  let knownFrom = from;
  const read = <Row extends { at: number }>(rows: readonly Row[]): readonly Row[] => {
    if (rows.length === span.limit) knownFrom = Math.max(knownFrom, rows.at(-1)?.at ?? from);
    return rows;
  };
  const ofApps = apps.flatMap(({ key, id }): Entry[] => {
    // An event is told by the action that it comes with, also where that is on the page before.
    const actions = actionEntries(read(history.audit(id, { ...span, to: to + SAME_MS })));
    return [
      ...history.deploymentsBegun(key, span).map((row) => deploymentBegun(id, row)),
      ...history.deploymentsEnded(key, span).map((row) => deploymentEnded(id, row)),
      ...history.runsEnded(key, span).map((row) => runEnded(id, row)),
      ...history.runsStarted(key, span).map((row) => runBegun(id, row)),
      ...eventEntries(read(history.events(id, { ...span, types: TYPES })), { actions }),
      ...actions,
    ];
  });
  const ofHost = [
    ...eventEntries(read(history.events(null, { ...span, types: TYPES })), { actions: [], app }),
    // Of what was done to the host that which is done to its apps; not who logged in.
    ...actionEntries(
      read(history.audit(null, span)).filter(({ action }) => /^(config|agent)\b/.test(action)),
    ),
  ];
  // Of one moment and one kind the newest come first so far.
  const known = [...ofHost, ...ofApps]
    .toReversed()
    .filter((entry) => entry.at <= to && entry.at >= knownFrom && mayKnow(entry.app))
    .toSorted(inTime);
  const left = withCursors(known).slice(0, known.length - (cursor?.had ?? 0));
  const found = left.slice(-limit);
  const hasMore = left.length > found.length || knownFrom > from;
  const before = leading
    ? apps.flatMap(({ key, id }) => history.lastRuns(key, span.from).map((row) => lastOf(id, row, span.from)))
    : [];
  return {
    entries: [...withCursors(before.toSorted(inTime)), ...found].map(present),
    next: hasMore ? (found[0]?.cursor ?? `${Math.min(knownFrom, to - 1)}.0`) : null,
  };
}

type Placed = Entry & { cursor: string };

/** The cursor of an entry: its moment, and how many of that moment are had with it, counted from the newest. */
function withCursors(entries: readonly Entry[]): Placed[] {
  let had = 0;
  let moment: number | null = null;
  return entries
    .toReversed()
    .map((entry) => {
      had = entry.at === moment ? had + 1 : 1;
      moment = entry.at;
      return { ...entry, cursor: `${entry.at}.${had}` };
    })
    .toReversed();
}

function parseCursor(text: string): { at: number; had: number } {
  const [at, had] = text.split('.').map(Number);
  return { at: at ?? 0, had: had ?? 0 };
}

/** What its instance was like at the beginning: it ran, or had ended. */
function lastOf(app: string, row: NumberedRun, before: number): Entry {
  return row.endedAt === null || row.endedAt >= before ? runBegun(app, row) : runEnded(app, row);
}

function present(given: Placed): TimelineEntry {
  const { at, kind, app, instance, release, text, deployment, actor, is_bad, cursor, last_words } = given;
  const told = { at: iso(at), kind, app, instance, release, text, deployment, actor, is_bad, cursor };
  return last_words === undefined ? told : { ...told, last_words };
}

function inTime(a: Entry, b: Entry): number {
  return a.at - b.at || a.rank - b.rank;
}
