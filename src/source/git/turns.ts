import { onAbort } from '../../kernel/index.ts';
/** What belongs to one mirror in this process, whoever uses it. */
export interface Turns {
  /** Whether what a former process left there was cleared. */
  cleared: boolean;
  /** Ends the collection of garbage that runs. */
  endCollection: () => Promise<void>;
  last: Promise<unknown>;
}

const all = new Map<string, Turns>();

export function turnsOf(mirror: string): Turns {
  let turns = all.get(mirror);
  if (!turns) {
    turns = { cleared: false, endCollection: async () => {}, last: Promise.resolve() };
    all.set(mirror, turns);
  }
  return turns;
}

/** Calls `work` when those who came before are done. One who gives up while waiting is not called. */
export async function inTurn<T>(turns: Turns, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  signal.throwIfAborted();
  const before = turns.last;
  const own = (async () => {
    await before;
    signal.throwIfAborted();
    return await work();
  })();
  turns.last = own.catch(() => {});
  return await Promise.race([own, aborted(signal, before)]);
}

/** Rejects when the signal is aborted before the turn has come; once it has, the work itself sees to the signal. */
function aborted(signal: AbortSignal, before: Promise<unknown>): Promise<never> {
  return new Promise((_resolve, reject) => {
    // What came before has its own way to fail.
    before.then(onAbort(signal, reject), reject);
  });
}
