import { onAbort } from './abort.ts';

/** Time, injected so that tests need not wait for it, and may set the wall clock. */
export interface Clock {
  /**
   * The wall clock, in milliseconds since the epoch. Somebody may set it at any time, back too: it is shown and recorded,
   * never reckoned with. Only cron, restarts at a time of day and certificates follow it.
   */
  now(): number;
  /**
   * Goes on as time passes, whatever becomes of the wall clock: what lasts, waits or expires is reckoned with it. Counts
   * from some moment of this process's own: never recorded, for it means nothing to another process.
   */
  monotonicMs(): number;
  /** Calls `fn` once after `ms`; the result cancels it. */
  after(ms: number, fn: () => void): () => void;
}

const MAX_TIMEOUT_MS = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonicMs: () => performance.now(),
  after(ms, fn) {
    // Node turns a delay over 2^31-1 ms into 1 ms.
    const timer = setTimeout(fn, Math.min(Math.max(0, ms), MAX_TIMEOUT_MS));
    return () => clearTimeout(timer);
  },
};

/** The next multiple of an interval: those who wait for it wake together, and an idle agent wakes once for all of them. */
export function nextTick(nowMs: number, intervalMs: number): number {
  return (Math.floor(nowMs / intervalMs) + 1) * intervalMs;
}

/** Resolves after `ms`, or rejects with the signal's reason. */
export function sleep(ms: number, options: { clock?: Clock; signal?: AbortSignal } = {}): Promise<void> {
  const { clock = systemClock, signal } = options;
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const cancel = clock.after(ms, () => {
      forget();
      resolve();
    });
    const forget = onAbort(signal, (reason) => {
      cancel();
      reject(reason);
    });
  });
}
