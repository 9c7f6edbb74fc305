/** Values over time, of a fixed number: what is older is forgotten. */
export interface Series {
  /** Seconds since the epoch, rising. */
  times: readonly number[];
  /** By name; null where it was not told. */
  values: Readonly<Record<string, readonly (number | null)[]>>;
}

export const NO_SERIES: Series = { times: [], values: {} };

/** `mostPoints`: how many are kept. A moment that is not later than the last is another look at the same. */
export function withPoint(
  series: Series,
  { at, values, mostPoints }: { at: number; values: Record<string, number | null>; mostPoints: number },
): Series {
  const seconds = at / 1000;
  if (seconds <= (series.times.at(-1) ?? 0)) return series;
  const kept = <T>(list: readonly T[], next: T) => [...list.slice(-(mostPoints - 1)), next];
  const names = new Set([...Object.keys(series.values), ...Object.keys(values)]);
  return {
    times: kept(series.times, seconds),
    values: Object.fromEntries(
      [...names].map((name) => [
        name,
        kept(series.values[name] ?? series.times.map(() => null), values[name] ?? null),
      ]),
    ),
  };
}

/** What a reader of screens is told in the place of a curve; null where nothing is known. */
export function summaryOf(
  values: readonly (number | null)[],
): { now: number; least: number; most: number } | null {
  const known = values.filter((value) => value !== null);
  const now = known.at(-1);
  if (now === undefined) return null;
  return { now, least: Math.min(...known), most: Math.max(...known) };
}
