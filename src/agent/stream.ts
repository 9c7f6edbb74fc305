import { onAbort } from '../kernel/index.ts';

const MAX_WAITING = 1000;

/**
 * An async iterable of what `subscribe` pushes, until the signal aborts or `end` is called. What a slow reader has not
 * taken yet waits, the newest thousand of it.
 */
export async function* stream<T>(
  signal: AbortSignal,
  subscribe: (push: (value: T) => void, end: () => void) => () => void,
): AsyncGenerator<T> {
  const waiting: T[] = [];
  let ended = false;
  let wake: () => void = () => undefined;
  const end = () => {
    ended = true;
    wake();
  };
  const forget = onAbort(signal, end);
  const unsubscribe = subscribe((value) => {
    waiting.push(value);
    if (waiting.length > MAX_WAITING) waiting.shift();
    wake();
  }, end);
  try {
    while (!signal.aborted) {
      // A pushed value may be undefined.
      if (waiting.length > 0) yield waiting.shift() as T;
      else if (ended) return;
      else
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
    }
  } finally {
    unsubscribe();
    forget();
  }
}
