import type { HealthConfiguration } from '../config/index.ts';
import { type Clock, formatDuration, messageOf, SlipwayError, sleep } from '../kernel/index.ts';

const PAUSE_MS = 250;
const ONE_ANSWER_MS = 10_000;

/**
 * Asks the site until it answers as expected, for what was reloaded a moment ago may need one.
 * @throws SlipwayError `health_failed`, with what it answered last.
 */
export async function checkHealth(
  health: HealthConfiguration,
  { clock, signal }: { clock: Clock; signal: AbortSignal },
): Promise<string> {
  const { url, expect, timeoutMs } = health;
  const startMs = clock.monotonicMs();
  for (;;) {
    const leftMs = Math.ceil(timeoutMs - (clock.monotonicMs() - startMs));
    const over = AbortSignal.timeout(Math.min(Math.max(1, leftMs), ONE_ANSWER_MS));
    const { status, text } = await answer(url, AbortSignal.any([signal, over]));
    signal.throwIfAborted();
    if (status === expect)
      return `${url} answered ${status} after ${formatDuration(clock.monotonicMs() - startMs)}`;
    if (leftMs - PAUSE_MS <= 0)
      throw new SlipwayError('health_failed', {
        message: `${url} did not answer ${expect} within ${formatDuration(timeoutMs)}: ${text}`,
      });
    await sleep(PAUSE_MS, { clock, signal });
  }
}

/** Redirects are answers, not ways: only what is expected passes. */
async function answer(url: string, signal: AbortSignal): Promise<{ status: number | null; text: string }> {
  try {
    const response = await fetch(url, { redirect: 'manual', signal });
    await response.body?.cancel();
    return { status: response.status, text: `it answered ${response.status} ${response.statusText}`.trim() };
  } catch (error) {
    const cause = (error as { cause?: unknown }).cause;
    return { status: null, text: messageOf(cause ?? error) };
  }
}
