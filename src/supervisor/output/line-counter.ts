import { readBytes } from './read-bytes.ts';

const STEP_BYTES = 256 * 1024;
const MOST_CHECKPOINTS = 2000;
const NEWLINE = 10;

/** Up to that absolute offset there are so many lines, counted from some place in the log. */
interface Checkpoint {
  offset: number;
  lines: number;
}

const counters = new Map<string, { counter: LineCounter; users: number }>();

/** How many lines a log has between two places: what one follower had counted no other counts again. */
export class LineCounter {
  private readonly file: string;
  /** Offsets rising. */
  private checkpoints: Checkpoint[] = [];
  private counting: Promise<unknown> = Promise.resolve();

  private constructor(file: string) {
    this.file = file;
  }

  /** Shared by all who follow the log. */
  static of(file: string): Disposable & { counter: LineCounter } {
    const shared = counters.get(file) ?? { counter: new LineCounter(file), users: 0 };
    counters.set(file, shared);
    shared.users += 1;
    return {
      counter: shared.counter,
      [Symbol.dispose]() {
        shared.users -= 1;
        if (shared.users === 0) counters.delete(file);
      },
    };
  }

  /** Newlines from one absolute offset up to another one. */
  async count(from: number, to: number): Promise<number> {
    // One after the other, so that each finds what the one before has counted.
    const counted = this.counting.then(async () => (await this.upTo(to)) - (await this.upTo(from)));
    this.counting = counted.catch(() => undefined);
    return await counted;
  }

  private async upTo(offset: number): Promise<number> {
    const before = this.checkpoints.findLast((each) => each.offset <= offset);
    // What lies before the first one is counted backwards.
    const first = this.checkpoints[0];
    if (!before && first) return first.lines - (await this.newlines(offset, first.offset));
    const start = before ?? { offset, lines: 0 };
    if (!before) this.checkpoints.push(start);
    const isLast = start === this.checkpoints.at(-1);
    let { lines } = start;
    let last = start.offset;
    for await (const { offset: at, bytes } of readBytes({
      file: this.file,
      from: start.offset,
      until: offset,
    })) {
      lines += countNewlines(bytes);
      const end = at + bytes.length;
      if (!isLast || end - last < STEP_BYTES) continue;
      last = end;
      this.checkpoints.push({ offset: end, lines });
    }
    if (this.checkpoints.length > MOST_CHECKPOINTS)
      this.checkpoints = this.checkpoints.slice(-MOST_CHECKPOINTS / 2);
    return lines;
  }

  private async newlines(from: number, until: number): Promise<number> {
    let count = 0;
    for await (const { bytes } of readBytes({ file: this.file, from, until })) count += countNewlines(bytes);
    return count;
  }
}

function countNewlines(bytes: Buffer): number {
  let count = 0;
  for (let at = bytes.indexOf(NEWLINE); at >= 0; at = bytes.indexOf(NEWLINE, at + 1)) count++;
  return count;
}
