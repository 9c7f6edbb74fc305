import { messageOf } from './errors.ts';

const listeners = new Set<(message: string) => void>();

/** Gets in words what has failed that nobody waits for; the result takes the listener away again. */
export function onUnawaitedFailure(listener: (message: string) => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/**
 * Lets work go on that nobody waits for. A rejection that nobody handles would end the agent: it is told in place of that.
 * Where nobody listens, in a command or a test, it ends the process, as it should. `what`: what is done, `web: a look at its source`.
 */
export function unawaited(work: Promise<unknown>, what: string): void {
  work.catch((error: unknown) => {
    if (listeners.size === 0) throw error;
    for (const tell of listeners) tell(`${what} failed, all else goes on: ${messageOf(error)}`);
  });
}
