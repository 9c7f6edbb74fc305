import { onAbort } from './abort.ts';
import { type Clock, systemClock } from './clock.ts';
import type { Event } from './events.ts';

/**
 * Resolves with what `look` finds: it is asked at once, and again with what each event tells, until it finds something that
 * is neither false nor null. Rejects with the signal's reason, or with what `look` throws.
 */
export async function until<T, Found>(
  event: Event<T>,
  look: (told?: T) => Found | false | null | undefined,
  signal?: AbortSignal,
): Promise<Found> {
  const { promise, resolve, reject } = Promise.withResolvers<Found>();
  const tell = (told?: T) => {
    try {
      const found = look(told);
      if (found !== false && found !== null && found !== undefined) resolve(found);
    } catch (error) {
      reject(error);
    }
  };
  tell();
  using waiting = new DisposableStack();
  waiting.defer(event.on(tell));
  waiting.defer(onAbort(signal, reject));
  return await promise;
}

/**
 * Resolves as the work does, or with `late` where it takes longer than `ms`; rejects with the signal's reason. The work's
 * own signal is aborted as soon as nobody waits for it any more.
 */
export async function withDeadline<T>(
  options: { ms: number; clock?: Clock; signal?: AbortSignal | undefined },
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T | 'late'> {
  const { ms, clock = systemClock, signal } = options;
  signal?.throwIfAborted();
  const over = new AbortController();
  const { promise, resolve, reject } = Promise.withResolvers<'late'>();
  using waiting = new DisposableStack();
  waiting.defer(() => over.abort());
  waiting.defer(
    clock.after(ms, () => {
      resolve('late');
      over.abort();
    }),
  );
  waiting.defer(
    onAbort(signal, (reason) => {
      reject(reason);
      over.abort(reason);
    }),
  );
  return await Promise.race([work(over.signal), promise]);
}
