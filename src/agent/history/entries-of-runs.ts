import type { NumberedRun } from '../../journal/index.ts';
import { shortVersion } from '../../release/index.ts';
import { type Entry, entry } from './entry.ts';

const LAST_LINES = 5;
const LINE_MAX_LENGTH = 300;

export function runBegun(app: string, row: NumberedRun): Entry {
  const what = row.version === null ? `release ${row.release}` : shortVersion(row.version);
  return entry({
    ...ofRun(app, row),
    ...{ at: row.startedAt, kind: 'run' },
    text: `${app}/${row.unit} runs ${what} (pid ${row.pid})`,
  });
}

export function runEnded(app: string, row: NumberedRun): Entry {
  const { unexpected, reason, stderr } = row;
  const words = (stderr ?? []).slice(-LAST_LINES).map((line) => line.slice(0, LINE_MAX_LENGTH));
  return entry({
    ...ofRun(app, row),
    ...{ at: row.endedAt ?? 0, kind: 'exit' },
    text: `${app}/${row.unit} ended${unexpected ? ' unexpectedly' : ''}${reason === null ? '' : `: ${reason}`}`,
    is_bad: unexpected === true,
    ...(words.length > 0 ? { last_words: words } : {}),
  });
}

function ofRun(app: string, { unit, version }: NumberedRun) {
  return { app, instance: `${app}/${unit}`, release: version };
}
