import type { LimitsConfiguration } from '../config/index.ts';

/** Nothing where there are none: what a version before has started, which had none, is not restarted for them. */
export function fingerprintOfLimits(limits: LimitsConfiguration | null): LimitsConfiguration[] {
  return limits === null || Object.values(limits).every((limit) => limit === null) ? [] : [limits];
}
