import { type Clock, sleep } from '../kernel/index.ts';
import type { Wanted } from './instance-phase.ts';
import type { StandBy } from './launches.ts';
import type { Runs } from './runs.ts';

/** It is made so much later, for others are coming up. */
const AFTER_MS = 500;
/** Of all instances of an agent: each costs 0.2 MB, and seldom do more than a few crash at once. */
const MOST_STANDING_BY = 16;

/** The holder of an instance's next run, which stands by while it is ready: a crash is restarted in half the time. */
export class Successor {
  private readonly runs: Pick<Runs, 'starts' | 'successors'>;
  private readonly clock: Clock;
  private standBy: StandBy | null = null;
  /** Aborted: one that is being prepared comes to nothing. */
  private preparation = new AbortController();

  constructor({ runs, clock }: { runs: Pick<Runs, 'starts' | 'successors'>; clock: Clock }) {
    this.runs = runs;
    this.clock = clock;
  }

  /** `prepare` resolves with what makes the holder. */
  async prepareSoon(prepare: () => Promise<() => StandBy>): Promise<void> {
    this.cancel();
    this.preparation = new AbortController();
    const { signal } = this.preparation;
    try {
      await sleep(AFTER_MS, { clock: this.clock, signal });
      const make = await prepare();
      await this.runs.starts.spare();
      if (signal.aborted || this.runs.successors.size >= MOST_STANDING_BY) return;
      this.standBy ??= make();
      this.runs.successors.add(this.standBy);
    } catch {
      // The next start says why.
    }
  }

  /** None is prepared any more; one that stands by goes on. */
  cancel(): void {
    this.preparation.abort();
  }

  discard(): void {
    this.cancel();
    this.takeOut()?.discard();
  }

  /** The one that stands by, where it is what is wanted now; else there is none from here on. */
  take(wanted: Wanted): StandBy | null {
    const standBy = this.takeOut();
    if (!standBy) return null;
    const { name } = standBy;
    const fits = name.release === wanted.release && name.generation === wanted.generation;
    if (fits && standBy.isUsable()) return standBy;
    standBy.discard();
    return null;
  }
  private takeOut(): StandBy | null {
    const { standBy } = this;
    this.standBy = null;
    if (standBy) this.runs.successors.delete(standBy);
    return standBy;
  }
}
