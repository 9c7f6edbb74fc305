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
  /** What it is found by again, `1/stdout/4096`; null of what is no line. */
  id: string | null;
  tone: 'bad' | 'quiet' | null;
}

type Readable = Pick<LogLine, 'instance' | 'stream' | 'line'> & Partial<Pick<LogLine, 'at' | 'exact' | 'id'>>;

/** Makes rows, and numbers them. */
export interface LineReader {
  read(line: Readable): ShownLine;
  mark(marker: { at: number; text: string; instance: string | null; isBad: boolean }): ShownLine;
  gap(text: string): ShownLine;
}

export function createLineReader(): LineReader {
  let key = 0;
  const row = (given: Partial<ShownLine> & Pick<ShownLine, 'kind' | 'text'>): ShownLine => {
    key += 1;
    return {
      ...{ key, at: null, exact: true, instance: null, stream: 'stdout', id: null, tone: null },
      ...given,
    };
  };
  return {
    read({ instance, stream, line, at, exact, id }) {
      const time = at === undefined ? Number.NaN : Date.parse(at);
      return row({
        kind: 'line',
        ...{ instance, stream, text: line, id: id ?? null, exact: exact ?? true },
        at: Number.isNaN(time) ? null : time,
      });
    },
    mark: ({ at, text, instance, isBad }) =>
      row({ kind: 'marker', at, text, instance, tone: isBad ? 'bad' : 'quiet' }),
    gap: (text) => row({ kind: 'gap', text }),
  };
}
