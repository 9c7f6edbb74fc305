import type { LogLine } from '../../../api/pages/index.ts';

/** A row of the window: a line of the log, a marker of what happened, or a gap. */
export interface ShownLine {
  /** Rises with each row that was added; never used twice. */
  key: number;
  kind: 'line' | 'marker' | 'gap';
  /** Milliseconds; null where nobody knows. */
  at: number | null;
  /** False where the line was written at that moment at the latest. */
  exact: boolean;
  instance: string | null;
  stream: 'stdout' | 'stderr';
  text: string;
  /** Where it ends in its file: the same in whichever order lines are read. Null where that is not told. */
  place: string | null;
  tone: 'bad' | 'quiet' | null;
}

type Readable = Pick<LogLine, 'instance' | 'stream' | 'line'> & Partial<Pick<LogLine, 'at' | 'exact'>>;

/** What helps to read lines: the row's number, and how far each file was read before. */
export interface LineReader {
  read(line: Readable, id: string | undefined): ShownLine;
  mark(marker: { at: number; text: string; instance: string | null; isBad: boolean }): ShownLine;
  gap(text: string): ShownLine;
}

export function createLineReader(): LineReader {
  let key = 0;
  let before = new Map<string, string>();
  const row = (given: Partial<ShownLine> & Pick<ShownLine, 'kind' | 'text'>): ShownLine => {
    key += 1;
    return {
      ...{ key, at: null, exact: true, instance: null, stream: 'stdout', place: null, tone: null },
      ...given,
    };
  };
  /** The id tells how far every file was read: that of this line is the one that differs. */
  const placeOf = (id: string | undefined): string | null => {
    if (id === undefined) return null;
    const now = new Map(id.split(',').map((each) => each.split(':', 2) as [string, string]));
    const changed = [...now].find(([index, offset]) => before.get(index) !== offset);
    before = now;
    return changed?.[1] ?? null;
  };
  return {
    read({ instance, stream, line, at, exact }, id) {
      const time = at === undefined ? Number.NaN : Date.parse(at);
      return row({
        kind: 'line',
        ...{ instance, stream, text: line, place: placeOf(id), exact: exact ?? true },
        at: Number.isNaN(time) ? null : time,
      });
    },
    mark: ({ at, text, instance, isBad }) =>
      row({ kind: 'marker', at, text, instance, tone: isBad ? 'bad' : 'quiet' }),
    gap: (text) => row({ kind: 'gap', text }),
  };
}
