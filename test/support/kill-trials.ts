import { triesAll } from './notes.ts';

/** An entry of a journal, counted from 1, and when the agent is killed: before the commit or after it. */
export interface KillTrial {
  entry: string;
  at: number;
  moment: 'before' | 'after';
}

/** What changes what is live, or which processes run. */
const LIVE =
  /^(roll-out|roll-back|switch|env (?!queued)|workers|reload|restart|run|the successor|deployment ends)/;
/** Such an entry comes before its effect; every other one follows on it. */
const ANNOUNCES = /( begins| queued| asked for.*|^new configuration|^deployment is .*)$/;

/** What is noted of who did something: no app is another one for it. */
const NOTES = /^(audit|what an earlier agent)\b/;

/**
 * Those that are tried: all, or else the chosen ones from the first entry that begins with `own`, without what is `elsewhere`: what
 * comes before, and what those tell of, is tried in another scenario.
 */
export function trialsOf(
  entries: readonly string[],
  { own = '', elsewhere = /^$/ }: { own?: string | undefined; elsewhere?: RegExp | undefined } = {},
): KillTrial[] {
  if (triesAll()) return everyTrialOf(entries);
  const first = entries.findIndex((entry) => withoutApp(entry).startsWith(own));
  if (first < 0) throw new Error(`no ${own} in ${entries.join(', ')}`);
  return chosenTrialsOf(entries).filter(({ entry, at }) => at > first && !elsewhere.test(withoutApp(entry)));
}

/**
 * Before and after each entry. Between the end of a step and the beginning of the next one nothing is done, so what is found
 * before that beginning is what was found after that end.
 */
export function everyTrialOf(entries: readonly string[]): KillTrial[] {
  return entries.flatMap((entry, index) => {
    const follows = entry.endsWith(' begins') && entries[index - 1]?.endsWith(' succeeded');
    const moments = follows ? (['after'] as const) : (['before', 'after'] as const);
    return moments.map((moment) => ({ entry, at: index + 1, moment }));
  });
}

/**
 * Of the entries of one kind the last, which finds the others done. Of what changes what is live each moment; else the one that
 * may find journal and disk at odds: after what announces an effect, before what tells of one that has happened. A step that
 * only prepares is tried once, done and not known to be.
 */
export function chosenTrialsOf(entries: readonly string[]): KillTrial[] {
  const kinds = entries.map(kindOf);
  return everyTrialOf(entries).filter(({ at, moment }) => {
    const kind = kinds[at - 1] ?? '';
    if (NOTES.test(entries[at - 1] ?? '')) return false;
    if (kinds.lastIndexOf(kind) !== at - 1) return false;
    if (LIVE.test(kind)) return true;
    const step = kind.endsWith(' begins') ? kind.slice(0, -' begins'.length) : null;
    if (step !== null && kinds.includes(`${step} succeeded`)) return false;
    return moment === (ANNOUNCES.test(kind) ? 'after' : 'before');
  });
}

/** What an entry tells of, without the names of instances, hooks and runs and without numbers. */
function kindOf(entry: string): string {
  return withoutApp(entry)
    .replace(/^(run|hook) \S+/, '$1')
    .replace(/ \d+(, \d+)*/g, '');
}

function withoutApp(entry: string): string {
  return entry.replace(/^\S+: /, '');
}
