import type { Line } from './lines.ts';
import type { TimeMark } from './time-marks.ts';

/** The lines of one log, in batches, and when its schedule looked at it. */
export interface TimedLines {
  batches: AsyncGenerator<Line[]>;
  marks: TimeMark[];
}

/** Lines of several logs in the order of the looks that first saw them; those of one look by log. */
export async function* mergeByTime<T extends TimedLines>(logs: T[]): AsyncGenerator<{ log: T; line: Line }> {
  const heads = logs.map((log) => new Head(log));
  try {
    await Promise.all(heads.map((head) => head.advance()));
    for (;;) {
      let first: Head<T> | null = null;
      for (const head of heads) if (head.line && (!first || head.seenMs < first.seenMs)) first = head;
      if (!first?.line) return;
      yield { log: first.log, line: first.line };
      if (!first.step()) await first.advance();
    }
  } finally {
    await Promise.all(logs.map(({ batches }) => batches.return(undefined)));
  }
}

class Head<T extends TimedLines> {
  readonly log: T;
  /** Null at the end. */
  line: Line | null = null;
  seenMs = 0;
  private batch: Line[] = [];
  private at = 0;
  private mark = 0;

  constructor(log: T) {
    this.log = log;
  }

  /** To the next line, over batches. */
  async advance(): Promise<void> {
    while (!this.step()) {
      const { done, value } = await this.log.batches.next();
      if (done) return;
      this.batch = value;
      this.at = 0;
    }
  }

  /** To the next line of the batch, without waiting; false where it has none. */
  step(): boolean {
    const { marks } = this.log;
    const line = this.batch[this.at++];
    this.line = line ?? null;
    if (!line) return false;
    for (let mark = marks[this.mark]; mark && mark.end < line.end; mark = marks[this.mark]) this.mark++;
    this.seenMs = marks[this.mark]?.atMs ?? Number.POSITIVE_INFINITY;
    return true;
  }
}
