import { Latencies } from './latencies.ts';

export const SLICE_MS = 10_000;
/** Five minutes. */
const KEPT = 30;

/** What came through in a time. */
export interface Passed {
  requests: number;
  /** Of these, answered with 5xx. */
  errors: number;
  /** Of those that were waited for. */
  latencies: Latencies;
}

export function nothingPassed(): Passed {
  return { requests: 0, errors: 0, latencies: new Latencies() };
}

export function include(all: Passed, some: Passed): void {
  all.requests += some.requests;
  all.errors += some.errors;
  all.latencies.include(some.latencies);
}

/**
 * What came through in the last five minutes, by slices of ten seconds: 36 KB where something came in each. They go by the times
 * that the log has; where a clock is set, those of the other time are forgotten as new ones come.
 */
export class Slices {
  private readonly ring: (Passed & { number: number })[] = [];

  /** `weight`: it stands for so many. */
  add(request: { endedAt: number; isError: boolean; latencyMs: number | null }, weight: number): void {
    const { endedAt, isError, latencyMs } = request;
    const number = Math.floor(endedAt / SLICE_MS);
    let slice = this.ring[number % KEPT];
    if (slice?.number !== number) {
      slice = { number, ...nothingPassed() };
      this.ring[number % KEPT] = slice;
    }
    slice.requests += weight;
    if (isError) slice.errors += weight;
    if (latencyMs !== null) slice.latencies.add(latencyMs, weight);
  }

  /** Those of the last `slices` slices, that of a moment included, oldest first. */
  last(slices: number, moment: number): (Passed & { number: number })[] {
    const newest = Math.floor(moment / SLICE_MS);
    return this.ring
      .filter((slice) => slice !== undefined && slice.number <= newest && slice.number > newest - slices)
      .sort((a, b) => a.number - b.number);
  }
}
