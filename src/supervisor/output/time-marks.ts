import fs from 'node:fs';
import { errnoOf } from '../../kernel/index.ts';

/** The log's end was at the absolute offset `end` at `atMs` (since the epoch). */
export interface TimeMark {
  atMs: number;
  end: number;
}

const MAX_BYTES = 128 * 1024;
const RECENT_MARKS = 1024;

const marksFile = (file: string) => `${file}.times`;

/**
 * Adds a mark to `<log>.times`: what makes `--since` right for lines without a time of their own. Bounded: of the older
 * marks every second one goes when there are too many, so the far past is known less exactly.
 */
export function appendMark(file: string, mark: TimeMark): void {
  fs.appendFileSync(marksFile(file), `${mark.atMs} ${mark.end}\n`, { mode: 0o640 });
  if (fs.statSync(marksFile(file)).size > MAX_BYTES) thin(file);
}

/** Oldest first, offsets rising; none where there is no file. Marks from before the log was truncated are left out. */
export function readMarks(file: string): TimeMark[] {
  let text: string;
  try {
    text = fs.readFileSync(marksFile(file), 'latin1');
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return [];
    throw error;
  }
  let marks: TimeMark[] = [];
  for (const [, atMs, end] of text.matchAll(/^(\d+) (\d+)$/gm)) {
    const mark = { atMs: Number(atMs), end: Number(end) };
    if (mark.end < (marks.at(-1)?.end ?? 0)) marks = [];
    marks.push(mark);
  }
  return marks;
}

function thin(file: string): void {
  const marks = readMarks(file);
  const older = marks.length - RECENT_MARKS;
  const kept = marks.filter((_, index) => index >= older || index % 2 === 0);
  const temporary = `${marksFile(file)}.new`;
  fs.writeFileSync(temporary, kept.map(({ atMs, end }) => `${atMs} ${end}\n`).join(''), { mode: 0o640 });
  fs.renameSync(temporary, marksFile(file));
}
