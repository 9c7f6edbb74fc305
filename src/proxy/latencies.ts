/** Below that, each millisecond has a count of its own; above, a sixteenth of each power of two has one. */
const EXACT = 32;
const STEPS = 16;
/** 70 minutes: what is longer counts as that. */
const LARGEST = 2 ** 22 - 1;
const COUNTS = indexOf(LARGEST) + 1;

/**
 * How often which latency was, in whole milliseconds: 1.2 KB whatever comes. A percentile is wrong by a 32nd (3.1 %) of itself at most,
 * and right below 32 ms.
 */
export class Latencies {
  private readonly counts = new Float32Array(COUNTS);
  total = 0;

  /** `weight`: it stands for so many. */
  add(ms: number, weight = 1): void {
    const index = indexOf(Math.min(Math.max(0, Math.round(ms)), LARGEST));
    this.counts[index] = (this.counts[index] ?? 0) + weight;
    this.total += weight;
  }

  include(others: Latencies): void {
    for (let index = 0; index < COUNTS; index++)
      this.counts[index] = (this.counts[index] ?? 0) + (others.counts[index] ?? 0);
    this.total += others.total;
  }

  /** The latency that `percent` of all do not exceed; null where there is none. */
  percentile(percent: number): number | null {
    if (this.total === 0) return null;
    // Weights are no whole numbers.
    let left = (percent / 100) * this.total * (1 - 1e-6);
    let last = 0;
    for (const [index, count] of this.counts.entries()) {
      if (count === 0) continue;
      left -= count;
      last = index;
      if (left <= 0) break;
    }
    return middleOf(last);
  }
}

function indexOf(ms: number): number {
  if (ms < EXACT) return ms;
  const shift = 27 - Math.clz32(ms);
  return EXACT + (shift - 1) * STEPS + (ms >> shift) - STEPS;
}

function middleOf(index: number): number {
  if (index < EXACT) return index;
  const shift = Math.floor((index - EXACT) / STEPS) + 1;
  const from = (STEPS + ((index - EXACT) % STEPS)) << shift;
  return Math.round(from + ((1 << shift) - 1) / 2);
}
