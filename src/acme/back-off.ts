import type { AcmeFailure, FailureKind } from './failure.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/**
 * How long nobody is asked after a failure: the first one, doubled with each further one in a row, up to the last. Let's
 * Encrypt takes five failed validations of a name an hour.
 */
const WAITS: Record<FailureKind, { firstMs: number; mostMs: number }> = {
  unreachable: { firstMs: MINUTE_MS, mostMs: HOUR_MS },
  interrupted: { firstMs: 5 * MINUTE_MS, mostMs: 6 * HOUR_MS },
  refused: { firstMs: 15 * MINUTE_MS, mostMs: DAY_MS },
  limited: { firstMs: HOUR_MS, mostMs: DAY_MS },
};
const JITTER = 0.1;

/** `failures`: in a row, this one included. `random`: from 0 to 1. What the authority has asked for is kept to. */
export function waitAfter(
  { kind, retryAfterMs }: Pick<AcmeFailure, 'kind' | 'retryAfterMs'>,
  failures: number,
  random: number,
): number {
  const { firstMs, mostMs } = WAITS[kind];
  const waitMs = Math.min(firstMs * 2 ** Math.min(failures - 1, 20), mostMs);
  return Math.round(Math.max(waitMs, retryAfterMs ?? 0) * (1 + JITTER * random));
}
