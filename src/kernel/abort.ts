/** Calls `fn` with the reason when the signal is aborted, at once where it is already; the result takes that back. */
export function onAbort(signal: AbortSignal | undefined, fn: (reason: unknown) => void): () => void {
  if (signal?.aborted) fn(signal.reason);
  if (!signal || signal.aborted) return () => undefined;
  const listener = () => fn(signal.reason);
  signal.addEventListener('abort', listener, { once: true });
  return () => signal.removeEventListener('abort', listener);
}
