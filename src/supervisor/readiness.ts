import { type Clock, sleep } from '../kernel/index.ts';
import { ASK_TIMEOUT_MS, ask, type Question } from './ask.ts';

/** How an instance shows that it is ready (`ready` of the configuration). */
export type ReadyCheck = Question | { kind: 'alive'; forMs: number };

/** How often it is asked: what is asked too seldom here makes the instance unavailable for longer. */
const RETRY_MS = 20;
const SLOW_RETRY_MS = 250;
const SLOW_AFTER_MS = 15_000;

/**
 * Resolves once the check holds; rejects only when the signal aborts it. There is no event for "it listens now", so it
 * is asked again. `told`: what came of each time that it did not hold.
 */
export async function untilReady(
  check: ReadyCheck,
  options: { clock: Clock; signal: AbortSignal; told: (unanswered: string) => void },
): Promise<void> {
  if (check.kind === 'alive') return await sleep(check.forMs, options);
  const { clock, signal, told } = options;
  let isSlow = false;
  const cancel = clock.after(SLOW_AFTER_MS, () => {
    isSlow = true;
  });
  try {
    for (;;) {
      const unanswered = await ask(check, { clock, timeoutMs: ASK_TIMEOUT_MS });
      if (unanswered === null) return;
      signal.throwIfAborted();
      told(unanswered);
      await sleep(isSlow ? SLOW_RETRY_MS : RETRY_MS, options);
    }
  } finally {
    cancel();
  }
}

/** Asks once whether it is ready still: null where it is, else what was asked and what came of it. A process that lives is. */
export async function stillReady(check: ReadyCheck, clock: Clock): Promise<string | null> {
  return check.kind === 'alive' ? null : await ask(check, { clock, timeoutMs: ASK_TIMEOUT_MS });
}
