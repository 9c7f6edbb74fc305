import type { Line } from './lines.ts';
import type { TimeMark } from './time-marks.ts';

/** The lines of one log, in batches, and when its schedule looked at it. */
export interface TimedLines {
  batches: AsyncGenerator<Line[]>;
  marks: TimeMark[];
}

/** Lines of one log that follow each other. In batches, for a generator's step costs more than a line. */
export interface Run<T> {
  log: T;
  lines: Line[];
}

/** Lines of several logs in the order of the looks that first saw them; those of one look by log. */
export async function* mergeByTime<T extends TimedLines>(logs: T[]): AsyncGenerator<Run<T>> {
  const heads = logs.map((log) => new Head(log));
  try {
    for (;;) {
      let first: Head<T> | null = null;
      for (const head of heads) {
        await head.fill();
        if (head.seenMs !== null && (first?.seenMs == null || head.seenMs < first.seenMs)) first = head;
      }
      if (!first) return;
      yield { log: first.log, lines: first.takeLook() };
    }
  } finally {
    await Promise.all(logs.map(({ batches }) => batches.return(undefined)));
  }
}

class Head<T extends TimedLines> {
  readonly log: T;
  /** When its next line was first seen; null at the end. */
  seenMs: number | null = null;
  private batch: Line[] = [];
  private at = 0;
  private mark = 0;

  constructor(log: T) {
    this.log = log;
  }

  /** Waits for its next line, if it has none. */
  async fill(): Promise<void> {
    while (this.at >= this.batch.length) {
      const { done, value } = await this.log.batches.next();
      if (done) return;
      this.batch = value;
      this.at = 0;
      this.seenMs = this.timeOf(value[0]);
    }
  }

  /** The next lines, as far as the same look saw them. */
  takeLook(): Line[] {
    const { batch, at: from, seenMs } = this;
    while (this.at < batch.length && this.seenMs === seenMs) this.seenMs = this.timeOf(batch[++this.at]);
    return batch.slice(from, this.at);
  }

  private timeOf(line: Line | undefined): number | null {
    if (!line) return null;
    const { marks } = this.log;
    for (let mark = marks[this.mark]; mark && mark.end < line.end; mark = marks[this.mark]) this.mark++;
    return marks[this.mark]?.atMs ?? Number.POSITIVE_INFINITY;
  }
}
