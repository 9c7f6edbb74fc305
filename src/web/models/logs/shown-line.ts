import type { LogLine } from '../../../api/pages/index.ts';

/** A row of the window: a line of the log, a marker of what happened, or a gap. */
export interface ShownLine {
  /** Rises from row to row, and is below zero of what was put in front later; never used twice. */
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
  /** How far the log was read with it: where reading goes on, and where the lines behind it begin. Null of what is no line. */
  resume: string | null;
  tone: 'bad' | 'quiet' | null;
}

type Readable = Pick<LogLine, 'instance' | 'stream' | 'line'> & Partial<Pick<LogLine, 'at' | 'exact' | 'id'>>;

/** Makes rows, and numbers them. */
export interface LineReader {
  read(line: Readable, resume?: string): ShownLine;
  /** Those that were written ahead of all that were read. */
  readInFront(lines: readonly { line: Readable; resume: string | undefined }[]): ShownLine[];
  mark(marker: { at: number; text: string; instance: string | null; isBad: boolean }): ShownLine;
  gap(text: string, resume?: string): ShownLine;
}

export function createLineReader(): LineReader {
  let last = 0;
  let first = 0;
  const row = (given: Partial<ShownLine> & Pick<ShownLine, 'kind' | 'text'>): ShownLine => {
    if (given.key === undefined) last += 1;
    return {
      ...{ key: last, at: null, exact: true, instance: null, stream: 'stdout', id: null },
      ...{ resume: null, tone: null },
      ...given,
    };
  };
  return {
    read: (line, resume) => row(lineRow(line, resume)),
    readInFront(lines) {
      first -= lines.length;
      return lines.map(({ line, resume }, index) => row({ ...lineRow(line, resume), key: first + index }));
    },
    mark: ({ at, text, instance, isBad }) =>
      row({ kind: 'marker', at, text, instance, tone: isBad ? 'bad' : 'quiet' }),
    gap: (text, resume) => row({ kind: 'gap', text, resume: resume ?? null }),
  };
}

function lineRow({ instance, stream, line, at, exact, id }: Readable, resume: string | undefined) {
  const time = at === undefined ? Number.NaN : Date.parse(at);
  return {
    kind: 'line' as const,
    ...{ instance, stream, text: line, id: id ?? null, exact: exact ?? true, resume: resume ?? null },
    at: Number.isNaN(time) ? null : time,
  };
}
