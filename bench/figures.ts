/** One line of a table: what was measured, of whom, and the values of all runs. */
export interface Figure {
  work: string;
  of: string;
  unit: 'ms' | 's' | 'MB' | 'lines' | 'times' | 'requests' | 'KB' | 'frames';
  values: number[];
  /** What the median must not exceed, where the project has set itself a limit. */
  limit?: number;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const [low, high] = [sorted[middle - 1] ?? Number.NaN, sorted[middle] ?? Number.NaN];
  return sorted.length % 2 === 1 ? high : (low + high) / 2;
}

/** A Markdown table of medians with their least and greatest. */
export function table(figures: readonly Figure[]): string {
  const rows = figures.map(({ work, of, unit, values, limit }) => {
    const [least, greatest] = [Math.min(...values), Math.max(...values)];
    const verdict =
      limit === undefined ? '' : `${show(limit)} ${unit}: ${median(values) <= limit ? 'met' : '**missed**'}`;
    return `| ${work} | ${of} | ${show(median(values))} ${unit} | ${show(least)} – ${show(greatest)} | ${values.length} | ${verdict} |`;
  });
  return [
    '| work | of | median | least – greatest | runs | limit |',
    '|---|---|---:|---:|---:|---|',
    ...rows,
  ].join('\n');
}

function show(value: number): string {
  const digits = Math.abs(value) >= 100 || Number.isInteger(value) ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits });
}
