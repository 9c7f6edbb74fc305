import type { EventRow } from '../../journal/index.ts';
import { type Entry, entry } from './entry.ts';

type Told = Pick<Entry, 'kind'> & { is_bad?: boolean; verb?: string; actor?: string };

const state: Told = { kind: 'state' };
const bad: Told = { kind: 'state', is_bad: true };
const action = (verb: string): Told => ({ kind: 'action', verb });

/** Events that belong to the history, and have no other row of which it is made. */
const TOLD: Record<string, Told> = {
  'instance.ready': state,
  'instance.stopped': state,
  'instance.unready': bad,
  'instance.backoff': bad,
  'instance.failed': bad,
  'app.recovered': state,
  'app.stopped': action('stop'),
  'app.started': action('start'),
  'app.restarted': action('restart'),
  'version.pinned': action('pin'),
  'version.unpinned': action('unpin'),
  'version.ghosted': action('ghost'),
  'version.unghosted': action('unghost'),
  maintenance: action('maintenance'),
  secrets: action('secret'),
  env: action('env'),
  'shell.opened': action('shell'),
  'run.begun': action('run'),
  source: state,
  webhook: state,
  'restart.scheduled': { kind: 'action', actor: 'schedule' },
  'restart.skipped': state,
  'restart.waits': state,
  'start.waits': state,
  'start.goes_on': state,
  'restart.failed': bad,
  'deployment.refused': { kind: 'deployment', is_bad: true },
  'config.applied': { kind: 'configuration' },
  'config.refused': { kind: 'configuration', is_bad: true },
  'agent.started': state,
  'agent.leaves': state,
  'agent.ends': state,
  journal: bad,
  'agent.fault': bad,
};

export const TYPES: readonly string[] = Object.keys(TOLD);

/** What a person did and the audit has under the same verb is not told a second time. */
export const SAME_MS = 10_000;

/** `app`, of events of the host: that alone which concerns it; null: all of them. */
export function eventEntries(
  rows: readonly EventRow[],
  { actions, app = null }: { actions: readonly (Entry & { verb: string })[]; app?: string | null },
): Entry[] {
  return rows.flatMap((row) => {
    const told = TOLD[row.type];
    if (!told || (app !== null && concernsAnother(row, app))) return [];
    const { verb, ...rest } = told;
    if (actions.some((each) => each.verb === verb && Math.abs(each.at - row.at) < SAME_MS)) return [];
    return entry({ at: row.at, app: row.app, instance: row.instance, text: row.message, ...rest });
  });
}

/** What was changed of the configuration says of which app first. */
function concernsAnother({ type, message }: EventRow, app: string): boolean {
  return type === 'config.applied' && !message.startsWith(`${app}: `);
}
