/** How often a release that is within a threshold is taken back for it all the same, at most: of a hundred canaries one. */
export const FALSE_ALARMS = 0.01;

/**
 * With fewer comparisons nothing is said in favour of a release. With so many, one of five points more errors than are allowed, or with
 * half as much again as the latency that is, is found in more than 95 of 100 canaries (test/unit/service/canary-judge.test.ts).
 */
export const ENOUGH = 500;

/** One request that an instance was asked. */
export interface Answered {
  isNew: boolean;
  /** Answered with 5xx, or not at all. */
  isError: boolean;
  /** Until the answer began; null: it did not. */
  latencyMs: number | null;
}

/** In percent, as the configuration has them; null: not judged. */
export interface Thresholds {
  maxErrors: number | null;
  maxLatency: number | null;
}

export interface SideFigures {
  requests: number;
  errors: number;
  /** Null: none was answered. */
  meanMs: number | null;
}

/**
 * Compares the requests of two releases that serve at the same time, as they come.
 *
 * Each comparison is one of the new release with what the old one did beside it: both have had the same minute, so that a bad minute of
 * all is nobody's fault. The difference d, less what is allowed, is no more than 0 on average where the release is within the threshold,
 * and is bounded; then the product of (1 + b d) over all comparisons, a wager of the share b on each, is on average no more than 1, and
 * reaches 1 / 0.01 ever, however often one looks, with a probability of 0.01 at most (Ville's inequality). So each threshold takes a
 * release that keeps it back in one of a hundred canaries at most, whatever their length and the amount of traffic. See Waudby-Smith and Ramdas, "Estimating
 * means of bounded random variables by betting", J. R. Stat. Soc. B 86 (2024). It holds where requests are dealt at random; those
 * of one visitor stay together, so one who asks a thousand times counts a thousand times.
 *
 * Latencies count up to ten times the usual one of the old release: a request that hangs for a minute says nothing about the mean.
 */
export class CanaryJudge {
  private readonly thresholds: Thresholds;
  private readonly sides = { new: emptySide(), old: emptySide() };
  private readonly errors = new Comparisons();
  private readonly latencies = new Comparisons();

  constructor(thresholds: Thresholds) {
    this.thresholds = thresholds;
  }

  note({ isNew, isError, latencyMs }: Answered): void {
    const { maxErrors, maxLatency } = this.thresholds;
    const side = isNew ? this.sides.new : this.sides.old;
    const usualMs = meanOf(this.sides.old);
    side.requests += 1;
    if (isError) side.errors += 1;
    if (maxErrors !== null) {
      const allowed = maxErrors / 100;
      const block = this.errors.add(isNew, isError ? 1 : 0);
      if (block) this.errors.bet((block.new - block.old - allowed) / (1 + allowed));
    }
    if (latencyMs === null) return;
    side.answered += 1;
    side.sumMs += latencyMs;
    // What is usual has to be known before it is compared with.
    if (maxLatency === null || usualMs === null || this.sides.old.answered <= LEARNT_BY) return;
    const most = Math.max(1, USUAL_TIMES * usualMs);
    const allowed = maxLatency / 100;
    const block = this.latencies.add(isNew, Math.min(1, latencyMs / most));
    if (block) this.latencies.bet((block.new - allowed * block.old) / allowed);
  }

  get new(): SideFigures {
    return figuresOf(this.sides.new);
  }

  get old(): SideFigures {
    return figuresOf(this.sides.old);
  }

  /** The thresholds that the new release does not keep. */
  get broken(): ('errors' | 'latency')[] {
    return [
      ...(this.errors.isDecided ? ['errors' as const] : []),
      ...(this.latencies.isDecided ? ['latency' as const] : []),
    ];
  }

  /** Whether all that is judged was compared often enough to say something in favour of the new release. */
  get canTell(): boolean {
    const { maxErrors, maxLatency } = this.thresholds;
    return (
      (maxErrors === null || this.errors.count >= ENOUGH) &&
      (maxLatency === null || this.latencies.count >= ENOUGH)
    );
  }
}

const LEARNT_BY = 50;
const USUAL_TIMES = 10;

/** Which part of what one has is set on each comparison: none is the best for all releases, so each gets a quarter. */
const WAGERS = [0.1, 0.3, 0.6, 0.9] as const;

/**
 * Requests side by side: one comparison ends as soon as it has some of both releases. When it does depends on who was asked
 * alone, and never on what he answered.
 */
class Comparisons {
  count = 0;
  isDecided = false;
  /** Logarithms. */
  private readonly wealth = WAGERS.map(() => 0);
  private open = { new: { n: 0, sum: 0 }, old: { n: 0, sum: 0 } };

  add(isNew: boolean, value: number): { new: number; old: number } | null {
    const { open } = this;
    const side = isNew ? open.new : open.old;
    side.n += 1;
    side.sum += value;
    if (open.new.n === 0 || open.old.n === 0) return null;
    this.open = { new: { n: 0, sum: 0 }, old: { n: 0, sum: 0 } };
    return { new: open.new.sum / open.new.n, old: open.old.sum / open.old.n };
  }

  /** `difference`: from -1 to 1, and 0 at most on average where the threshold is kept. */
  bet(difference: number): void {
    this.count += 1;
    WAGERS.forEach((share, index) => {
      this.wealth[index] = (this.wealth[index] ?? 0) + Math.log1p(share * difference);
    });
    const whole = this.wealth.reduce((sum, log) => sum + Math.exp(Math.min(log, 100)) / WAGERS.length, 0);
    if (whole >= 1 / FALSE_ALARMS) this.isDecided = true;
  }
}

function emptySide() {
  return { requests: 0, errors: 0, answered: 0, sumMs: 0 };
}

function meanOf({ answered, sumMs }: ReturnType<typeof emptySide>): number | null {
  return answered === 0 ? null : sumMs / answered;
}

function figuresOf(side: ReturnType<typeof emptySide>): SideFigures {
  return { requests: side.requests, errors: side.errors, meanMs: meanOf(side) };
}
