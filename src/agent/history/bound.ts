import type { HistoryConfiguration } from '../../config/index.ts';
import type { Journal, OldTable } from '../../journal/index.ts';
import { type Clock, messageOf, sleep } from '../../kernel/index.ts';

const EVERY_MS = 3_600_000;
/** The start of an agent has other things to do. */
const FIRST_AFTER_MS = 60_000;
/** Between two steps, each of some milliseconds. */
const BREATH_MS = 10;
/** Of a journal that is too large the oldest sixteenth of its time goes at once, then the next. */
const PARTS = 16;

const BY_AGE: readonly OldTable[] = ['event', 'run', 'deployment', 'release'];

interface Options {
  journal: Journal;
  clock: Clock;
  /** Those in force. */
  bounds: () => HistoryConfiguration;
  tell: (message: string) => void;
}

/** Keeps the journal within the age and the size that are configured: in the background, in small steps. */
export class HistoryBound {
  private readonly options: Options;
  private readonly ended = new AbortController();
  private isToldLarge = false;

  constructor(options: Options) {
    this.options = options;
  }

  start(): void {
    this.keepOn().catch(() => undefined); // it was stopped
  }

  stop(): void {
    this.ended.abort();
  }

  /** Takes away what is too old, and the oldest of what is too much. Rejects where it is stopped meanwhile. */
  async prune(): Promise<void> {
    const { journal, clock, bounds } = this.options;
    const { keepMs, auditMs, maxSizeBytes } = bounds();
    const now = clock.now();
    await this.pruneTables(BY_AGE, now - keepMs);
    await this.pruneTables(['audit'], now - auditMs);
    const { old } = journal.tables;
    const oldest = old.oldestAt() ?? now;
    for (let part = 1; part <= PARTS && old.usedBytes() > maxSizeBytes; part++)
      await this.pruneTables(BY_AGE, Math.ceil(oldest + ((now - oldest) * part) / PARTS));
    this.tellLarge(old.usedBytes() > maxSizeBytes);
  }

  private async keepOn(): Promise<never> {
    const { clock, tell } = this.options;
    for (let waitMs = FIRST_AFTER_MS; ; waitMs = EVERY_MS) {
      await sleep(waitMs, { clock, signal: this.ended.signal });
      await this.prune().catch((error: unknown) => {
        if (!this.ended.signal.aborted) tell(`the journal was not shortened: ${messageOf(error)}`);
      });
    }
  }

  private async pruneTables(tables: readonly OldTable[], before: number): Promise<void> {
    const { clock } = this.options;
    for (const table of tables)
      for (let after: number | null = 0; after !== null; ) {
        after = this.pruneSlice(table, after, before);
        if (after !== null) await sleep(BREATH_MS, { clock, signal: this.ended.signal });
      }
  }

  /** Where the journal cannot be written now, the next hour is soon enough. */
  private pruneSlice(table: OldTable, after: number, before: number): number | null {
    let next: number | null = null;
    this.options.journal.writeSoon(`what is old among the ${table}s goes`, ({ old }) => {
      next = old.pruneSlice(table, { after, before });
    });
    return next;
  }

  private tellLarge(isLarge: boolean): void {
    if (isLarge && !this.isToldLarge)
      this.options.tell(
        'the journal is larger than history.max_size, and what is left in it is kept whatever its age',
      );
    this.isToldLarge = isLarge;
  }
}
