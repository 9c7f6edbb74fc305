import { commandLine, formatDuration } from '../../../wording/index.ts';
import type { Range } from '../../models/timeline/index.ts';
import { momentOf } from '../../router/index.ts';

/** What the address says: a link to it shows somebody else the same. */
export interface TimelineAddress {
  app: string | null;
  range: Range;
  /** Whether the range ends with the present. */
  isLive: boolean;
  /** The moment that is looked at; null: none. */
  at: number | null;
}

export const PRESETS = ['15m', '1h', '6h', '1d', '7d'] as const;
export const PRESET_MS: Record<(typeof PRESETS)[number], number> = {
  ...{ '15m': 900_000, '1h': 3_600_000, '6h': 6 * 3_600_000 },
  ...{ '1d': 24 * 3_600_000, '7d': 7 * 24 * 3_600_000 },
};
const AROUND_MS = 15 * 60_000;

export function timelineAddressOf(query: URLSearchParams, now: number): TimelineAddress {
  const [from, to, at] = ['from', 'to', 'at'].map((name) => momentOf(query.get(name)));
  const last = query.get('last') ?? '1h';
  const app = query.get('app') || null;
  if (from != null && to != null && from < to)
    return { app, range: { from, to }, isLive: false, at: at ?? null };
  if (at != null && !query.has('last'))
    return { app, range: { from: at - AROUND_MS, to: Math.min(now, at + AROUND_MS) }, isLive: false, at };
  const length = PRESET_MS[last as keyof typeof PRESET_MS] ?? PRESET_MS['1h'];
  return { app, range: { from: now - length, to: now }, isLive: true, at: at ?? null };
}

/** What is written into the address, so that people can read it there. */
export function written(ms: number): string {
  return new Date(Math.round(ms)).toISOString();
}

/** The same on the command line. */
export function timelineCommand({ app, range, at, isLive }: TimelineAddress): string {
  const words = ['slipway', 'timeline'];
  if (app !== null) words.push(app);
  if (at !== null) words.push('--at', written(at));
  else if (isLive) words.push('--since', formatDuration(range.to - range.from).replace(/ .*/, ''));
  else words.push('--at', written((range.from + range.to) / 2));
  return commandLine(words);
}
