import fs from 'node:fs';
import { errnoOf } from '../../kernel/index.ts';

/** The log's end was at the absolute offset `end` at `atMs` (since the epoch). */
export interface TimeMark {
  atMs: number;
  end: number;
  /** What came since the mark before was written within so many milliseconds before `atMs`. */
  withinMs: number;
}

const MAX_BYTES = 192 * 1024;
const MAX_MARKS_KEPT = 4000;
/** How far apart marks of an age need be, milliseconds, youngest first. */
const SPACINGS = [
  { youngerThanMs: 5 * 60_000, spacingMs: 0 },
  { youngerThanMs: 3_600_000, spacingMs: 5000 },
  { youngerThanMs: 86_400_000, spacingMs: 60_000 },
  { youngerThanMs: 7 * 86_400_000, spacingMs: 600_000 },
  { youngerThanMs: Number.POSITIVE_INFINITY, spacingMs: 3_600_000 },
];
/** Where it was not written down. */
const WITHIN_MS = 5000;

const marksFile = (file: string) => `${file}.times`;

/**
 * Adds a mark to `<log>.times`: what makes times right for lines without one of their own. Bounded: of older marks fewer are
 * kept, so the far past is known less exactly.
 */
export function appendMark(file: string, mark: TimeMark): void {
  fs.appendFileSync(marksFile(file), lineOf(mark), { mode: 0o640 });
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
  for (const [, atMs, end, withinMs] of text.matchAll(/^(\d+) (\d+)(?: (\d+))?$/gm)) {
    const within = withinMs === undefined ? WITHIN_MS : Number(withinMs);
    const mark = { atMs: Number(atMs), end: Number(end), withinMs: within };
    if (mark.end < (marks.at(-1)?.end ?? 0)) marks = [];
    marks.push(mark);
  }
  return marks;
}

function lineOf({ atMs, end, withinMs }: TimeMark): string {
  return `${Math.round(atMs)} ${end} ${Math.round(withinMs)}\n`;
}

function thin(file: string): void {
  const temporary = `${marksFile(file)}.new`;
  const kept = thinned(readMarks(file)).slice(-MAX_MARKS_KEPT);
  fs.writeFileSync(temporary, kept.map(lineOf).join(''), { mode: 0o640 });
  fs.renameSync(temporary, marksFile(file));
}

/** The later one of two takes over what was written before the one that goes. */
export function thinned(marks: readonly TimeMark[]): TimeMark[] {
  const newest = marks.at(-1)?.atMs ?? 0;
  const kept: TimeMark[] = [];
  for (const mark of marks.toReversed()) {
    const later = kept.at(-1);
    if (!later || later.atMs - mark.atMs >= spacingAt(newest - mark.atMs)) kept.push({ ...mark });
    else later.withinMs = Math.max(later.withinMs, later.atMs - mark.atMs + mark.withinMs);
  }
  return kept.reverse();
}

function spacingAt(ageMs: number): number {
  return SPACINGS.find(({ youngerThanMs }) => ageMs < youngerThanMs)?.spacingMs ?? 0;
}
