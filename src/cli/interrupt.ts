import { formatDuration, SlipwayError } from '../kernel/index.ts';

export interface Interrupt {
  /** Aborted with a SlipwayError, `interrupted` or `timeout`. */
  signal: AbortSignal;
  /** Lets Ctrl-C end the process again. */
  dispose: () => void;
}

/**
 * Ctrl-C and the like, or a time-out, as a signal, so that the last words can be said. A second Ctrl-C ends the process
 * at once.
 */
export function untilInterrupted(timeoutMs: number | null): Interrupt {
  const controller = new AbortController();
  const names = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  const onSignal = () => stop(new SlipwayError('interrupted', { message: 'interrupted' }));
  for (const name of names) process.once(name, onSignal);
  const timer =
    timeoutMs === null
      ? undefined
      : setTimeout(
          () => stop(new SlipwayError('timeout', { message: `not over after ${formatDuration(timeoutMs)}` })),
          timeoutMs,
        );

  function dispose(): void {
    for (const name of names) process.off(name, onSignal);
    clearTimeout(timer);
  }
  function stop(reason: SlipwayError): void {
    dispose();
    controller.abort(reason);
  }
  return { signal: controller.signal, dispose };
}
