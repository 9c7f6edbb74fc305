import { type Clock, SlipwayError, sleep } from '../kernel/index.ts';

/** So long it is tried in vain. */
const PATIENCE_MS = 900_000;
const FIRST_WAIT_MS = 100;
const LONGEST_WAIT_MS = 15_000;

/**
 * Does what needs a server, and does it again while the server cannot be reached: soon at first, then ever more seldom, at
 * moments of chance, so that not all hosts come back together. What gets on counts as no attempt in vain.
 * @param options `progressBytes`: how far it is; `onVain` is told of the first of several attempts in a row
 * @throws SlipwayError `bucket_unreachable` after a quarter of an hour in vain; what the work throws; the signal's reason
 */
export async function patiently<T>(
  options: {
    clock: Clock;
    signal: AbortSignal;
    progressBytes: () => number;
    onVain: (error: SlipwayError) => void;
  },
  work: () => Promise<T>,
): Promise<T> {
  const { clock, signal, progressBytes, onVain } = options;
  let sinceMs = clock.monotonicMs();
  for (let vain = 0; ; vain++) {
    const before = progressBytes();
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof SlipwayError && error.code === 'bucket_unreachable')) throw error;
      const now = clock.monotonicMs();
      if (progressBytes() > before) [vain, sinceMs] = [0, now];
      if (now - sinceMs > PATIENCE_MS) throw error;
      if (vain === 0) onVain(error);
      await sleep(waitMs(vain), { clock, signal });
    }
  }
}

/** Half of it is chance. */
function waitMs(vain: number): number {
  const most = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(vain, 10));
  return most / 2 + (Math.random() * most) / 2;
}
