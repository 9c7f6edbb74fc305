import os from 'node:os';

/** The kernel's USER_HZ: 100 on all machines that Node runs on. */
const TICK_MS = 10;

/**
 * How long ago a process was started, in milliseconds, by the clock that its start time is of; whatever became of the wall
 * clock. Infinite for one of an earlier boot, whose start time says nothing.
 */
export function ageMs({ startTicks }: { startTicks: number }): number {
  if (startTicks < 0) return Number.POSITIVE_INFINITY;
  return Math.max(0, sinceBootMs() - startTicks * TICK_MS);
}

/**
 * The /proc/uptime of a container may be its own, which is less; the monotonic clock stands still in a suspended host.
 */
export function sinceBootMs(): number {
  return Math.max(os.uptime() * 1000, Number(process.hrtime.bigint() / 1_000_000n));
}
