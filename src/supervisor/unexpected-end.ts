import { formatDuration } from '../kernel/index.ts';
import type { InstanceState, Transition } from './instance-phase.ts';
import { decideRestart, type RestartPolicy } from './restart-policy.ts';
import { describeExit, type Run, type RunExit } from './run.ts';

/** The last line of a crash is seldom the one that says why (Node ends with its version, others with a stack). */
const TELLING = /\b\w*(error|exception|panic|fatal|failed)\b/i;
/** `Error: listen EADDRINUSE`, `java.io.IOException: ...`, `panic: ...`, `** (RuntimeError) ...`: says more than a line that only has the word. */
const HEAD = /\b\w*(error|exception|panic|fatal)\b[^:]{0,100}:\s|^\*\* \(/i;

/** A run has ended though nobody wanted that: `why` is what its record says, `reason` what follows says of it. */
export function crash(
  state: InstanceState,
  options: {
    run: Run;
    exit: RunExit;
    why: string;
    reason: string;
    lastedMs: number;
    now: number;
    policy: RestartPolicy;
  },
): Transition {
  const { run, exit, why, reason, lastedMs, now, policy } = options;
  const next: InstanceState = {
    ...state,
    crashes: lastedMs >= policy.resetAfterMs ? 1 : state.crashes + 1,
    failures: state.failures + 1,
    restarts: { ...state.restarts, crash: state.restarts.crash + 1 },
    lastExit: { ...exit, reason: why, lastedMs },
  };
  const after = backOff(next, { reason, now, policy, atLeastMs: 0 });
  return {
    state: after.state,
    effects: [{ type: 'cancel_timers' }, { type: 'crashed', run, exit, reason: why }, ...after.effects],
  };
}

/** Starts it again, at once or later, or gives it up, as the policy says. */
export function backOff(
  state: InstanceState,
  options: { reason: string; now: number; policy: RestartPolicy; atLeastMs: number },
): Transition {
  const { reason, now, policy } = options;
  const decision = decideRestart(policy, state.crashes);
  if (!decision.restart)
    return {
      state: {
        ...state,
        phase: { name: 'failed' },
        reason: `${reason}; given up after ${policy.maxRetries} restarts`,
        since: now,
      },
      effects: [],
    };
  const delayMs = Math.max(decision.delayMs, options.atLeastMs);
  if (delayMs === 0)
    return {
      state: {
        ...state,
        phase: { name: 'launching' },
        reason: `${reason}; started again at once`,
        since: now,
      },
      effects: [{ type: 'launch' }],
    };
  return {
    state: {
      ...state,
      phase: { name: 'backoff' },
      reason: `${reason}; started again in ${formatDuration(delayMs)}`,
      since: now,
    },
    effects: [{ type: 'wait', delayMs }],
  };
}

/** How a run has ended, with the line that tells most of why. */
export function whyEnded(exit: RunExit, stderr: readonly string[]): string {
  const lines = stderr.filter((line) => line.trim() !== '');
  const telling =
    lines.findLast((line) => HEAD.test(line)) ?? lines.findLast((line) => TELLING.test(line)) ?? lines.at(-1);
  if (telling === undefined) return describeExit(exit);
  return `${describeExit(exit)}; on stderr: ${telling.trim().slice(0, 200)}`;
}
