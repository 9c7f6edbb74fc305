import { compilePattern, SlipwayError, systemClock } from '../../kernel/index.ts';

const DEFAULT_LINES = 100;

export interface LogOptions {
  agent?: boolean;
  access?: boolean;
  follow?: boolean;
  /** Infinite: all. */
  lines?: number;
  stderr?: boolean;
  since?: number;
  grep?: string;
  invert?: boolean;
  raw?: boolean;
  /** Milliseconds since the epoch. */
  at?: number;
  /** What the first line of a page has told. */
  before?: string;
  times?: boolean;
  /** Of requests alone: `404,5xx`. */
  status?: string;
  /** Milliseconds. */
  slower?: number;
}

export function checkExpression(written: string): void {
  const pattern = compilePattern(written);
  if ('problem' in pattern)
    throw new SlipwayError('usage', {
      message: `--grep takes a regular expression; this one ${pattern.problem}`,
      next: 'slipway logs --help',
    });
}

/** Milliseconds since the epoch, as lines have them. */
export function sinceMoment(agoMs: number | undefined): number | undefined {
  return agoMs === undefined ? undefined : systemClock.now() - agoMs;
}

/** How many of the last lines are asked for; undefined: all. */
export function linesAsked(
  { lines }: LogOptions,
  { isSearching, isResumed }: { isSearching: boolean; isResumed: boolean },
): number | undefined {
  const asked = lines ?? (isSearching ? Number.POSITIVE_INFINITY : DEFAULT_LINES);
  return isResumed || !Number.isFinite(asked) ? undefined : asked;
}
