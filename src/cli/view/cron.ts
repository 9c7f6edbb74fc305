import type { CronEntry } from '../../api/index.ts';
import { age, ago, inTime, took } from '../../wording/index.ts';
import { type Colors, cut, plain, type Symbols } from '../output/index.ts';
import { table } from './table.ts';

const RUNS_SHOWN = 3;
const REASON_COLUMNS = 40;

/** Entries with their next run and, each on a line of its own, their last ones, newest first. */
export function cronView(
  entries: CronEntry[],
  options: { app: string; colors: Colors; symbols: Symbols; now: number },
): string {
  const { app, colors, now } = options;
  if (entries.length === 0) return noEntries(app);
  return table({
    head: ['ENTRY', 'SCHEDULE', 'NEXT', 'LAST RUNS'],
    colors,
    right: [],
    rows: entries.flatMap(({ name, schedule, next_at, runs }) => {
      const [last, ...others] = runs.slice(0, RUNS_SHOWN).map((run) => runText(run, options));
      const next = next_at === null ? '-' : inTime(next_at, now);
      return [
        [colors.bold(name), schedule, next, last ?? colors.dim('none yet')],
        ...others.map((text) => ['', '', '', text]),
      ];
    }),
  });
}

function runText(
  { started_at, ended_at, status, reason }: CronEntry['runs'][number],
  { colors, symbols, now }: { colors: Colors; symbols: Symbols; now: number },
): string {
  if (ended_at === null) return colors.yellow(`runs for ${age(started_at, now)}`);
  const when = `${ago(started_at, now)}, took ${took(started_at, ended_at, now)}`;
  if (status === 0) return `${colors.green(symbols.done)} ${when}`;
  const why = reason === null ? '' : `: ${cut(plain(reason), REASON_COLUMNS)}`;
  return `${colors.red(symbols.failed)} ${when}${colors.red(why)}`;
}

function noEntries(app: string): string {
  return `${app} has no cron entries. Write some below the app in the configuration, then apply it:
  cron:
    - { name: report, schedule: "0 3 * * *", command: bin/report }
  slipway config apply`;
}
