/** Each divides the last, so that the looks at many files fall on the same ticks: an idle agent wakes every 5 s, once. */
const STEPS_MS = [100, 200, 500, 1000, 2500, 5000] as const;
export const LONGEST_LOOK_MS = 5000;

/** What the last look saw, sizes in bytes. */
export interface Growth {
  grownBytes: number;
  elapsedMs: number;
  /** Left until the log is due for rotation. */
  roomBytes: number;
}

/** How long not to look at a log: half the time that it needs, at its present rate, to fill its room. */
export function lookIntervalMs({ grownBytes, elapsedMs, roomBytes }: Growth): number {
  if (grownBytes <= 0) return LONGEST_LOOK_MS;
  const fullInMs = (Math.max(0, roomBytes) / grownBytes) * Math.max(1, elapsedMs);
  return STEPS_MS.findLast((step) => step <= fullInMs / 2) ?? STEPS_MS[0];
}

/** Whether a log grew by at most 1 MB/s. */
export function isCalm({ grownBytes, elapsedMs }: Omit<Growth, 'roomBytes'>): boolean {
  return grownBytes <= elapsedMs * 1000;
}
