import type { Clock } from '../../kernel/index.ts';
import { type AccessHead, HEAD_BYTES, parseAccessHead } from '../../proxy/index.ts';
import { logSpan, readBytes } from '../../supervisor/index.ts';

/** Of what is written in a second so much is read: 8,000 lines, which take 15 ms. The rest is reckoned by it. */
const BYTES_PER_SECOND = 2 * 1024 ** 2;
/** What is read at once at most, as by an agent that has just started. */
const MOST_BYTES = 2 * BYTES_PER_SECOND;
const NEWLINE = 10;

export interface ReadAccess {
  line: AccessHead;
  /** It stands for so many. */
  weight: number;
}

/**
 * Reads on in the access log, as it grows and is rotated. It costs what is read, and that is bounded: where more is written the newest of
 * it stands for all of it. What was rotated away is not looked for.
 */
export class AccessReader {
  private readonly file: string;
  private readonly clock: Clock;
  private position: number | null = null;
  private room = MOST_BYTES;
  private lookedMs: number;

  constructor({ file, clock }: { file: string; clock: Clock }) {
    this.file = file;
    this.clock = clock;
    this.lookedMs = clock.monotonicMs();
  }

  /** Calls back for each request that was logged since. Whether all of them were read. */
  async read(take: (read: ReadAccess) => void): Promise<{ isWhole: boolean; hasGrown: boolean }> {
    const now = this.clock.monotonicMs();
    this.room = Math.min(MOST_BYTES, this.room + ((now - this.lookedMs) / 1000) * BYTES_PER_SECOND);
    this.lookedMs = now;
    const { start, end } = logSpan(this.file);
    const isFirst = this.position === null;
    // Where somebody truncated it, all that it holds is new.
    const known = this.position === null || this.position > end ? start : this.position;
    const from = Math.max(known, start, Math.floor(end - this.room));
    this.position = end;
    if (end <= from) return { isWhole: true, hasGrown: false };
    this.room -= end - from;
    // Of what was there before the first look nothing is reckoned.
    const weight = isFirst ? 1 : (end - known) / (end - from);
    let rest = await this.lines({ from, until: end }, (line) => take({ line, weight }));
    // It is read anew when it is whole.
    if (rest > HEAD_BYTES * 16) rest = 0;
    this.position = end - rest;
    return { isWhole: isFirst || from === known, hasGrown: true };
  }

  /** Returns how many bytes of a line have come that is not whole yet. */
  private async lines(
    { from, until }: { from: number; until: number },
    take: (line: AccessHead) => void,
  ): Promise<number> {
    // The byte before tells whether a line begins here.
    let partial = from === 0 ? '' : null;
    let reached = Math.max(0, from - 1);
    let begun = 0;
    for await (const { offset, bytes } of readBytes({ file: this.file, from: reached, until })) {
      if (offset > reached) partial = null;
      let at = 0;
      for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, at)) {
        if (partial !== null) {
          const head: string = partial + bytes.toString('latin1', at, Math.min(end, at + HEAD_BYTES));
          const line = parseAccessHead(head);
          if (line !== null) take(line);
        }
        partial = '';
        at = end + 1;
        begun = 0;
      }
      begun += bytes.length - at;
      if (partial !== null)
        partial = (partial + bytes.toString('latin1', at, at + HEAD_BYTES)).slice(0, HEAD_BYTES);
      reached = offset + bytes.length;
    }
    return partial === null ? 0 : begun;
  }
}
