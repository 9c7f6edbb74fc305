import type { Range } from './lanes.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const STEPS = [
  ...[SECOND, 2 * SECOND, 5 * SECOND, 10 * SECOND, 30 * SECOND],
  ...[MINUTE, 2 * MINUTE, 5 * MINUTE, 10 * MINUTE, 30 * MINUTE],
  ...[HOUR, 2 * HOUR, 6 * HOUR, 12 * HOUR, DAY, 2 * DAY, 7 * DAY, 30 * DAY],
];
const SHORTEST_MS = 10 * SECOND;
const LONGEST_MS = 90 * DAY;

/** Moments that are written below the lanes: round ones of the reader's zone, at most so many. */
export function ticksOf(
  { from, to }: Range,
  { most, offsetMs }: { most: number; offsetMs: number },
): number[] {
  const step = STEPS.find((each) => (to - from) / each <= most) ?? 30 * DAY;
  const first = Math.ceil((from + offsetMs) / step) * step - offsetMs;
  return Array.from(
    { length: Math.max(0, Math.floor((to - first) / step) + 1) },
    (_, index) => first + index * step,
  );
}

/** `03:12:07`, `03:12`, or `30 Nov`, as the range is short or long. */
export function tickText(at: number, { from, to }: Range, zone: 'local' | 'utc'): string {
  const time = new Date(at);
  const shown = { ...(zone === 'utc' && { timeZone: 'UTC' }), hourCycle: 'h23' } as const;
  if (to - from > 3 * DAY)
    return time.toLocaleDateString('en-GB', { ...shown, day: 'numeric', month: 'short' });
  const second = to - from < 10 * MINUTE ? ({ second: '2-digit' } as const) : {};
  return time.toLocaleTimeString('en-GB', { ...shown, hour: '2-digit', minute: '2-digit', ...second });
}

/** As much around the moment as `factor` of the range; within what is sensible. */
export function zoomed(range: Range, { factor, around }: { factor: number; around: number }): Range {
  const length = Math.min(LONGEST_MS, Math.max(SHORTEST_MS, (range.to - range.from) * factor));
  const share = (around - range.from) / (range.to - range.from || 1);
  const from = Math.round(around - length * Math.min(1, Math.max(0, share)));
  return { from, to: from + Math.round(length) };
}

export function moved({ from, to }: Range, share: number): Range {
  const by = Math.round((to - from) * share);
  return { from: from + by, to: to + by };
}
