import { onAbort, SlipwayError } from '../../kernel/index.ts';

/** A server from which nothing comes for so long has gone, however large what it sends is. */
export const IDLE_MS = 30_000;

/**
 * Passes on what comes, and gives up where nothing does: what is timed is progress, not the whole. Ends the stream in any case.
 * @throws SlipwayError `bucket_unreachable`; what the stream itself throws; the signal's reason
 */
export async function* flowing(
  stream: AsyncIterable<Uint8Array> & { destroy(): unknown },
  { from, signal, idleMs = IDLE_MS }: { from: string; signal: AbortSignal; idleMs?: number },
): AsyncGenerator<Uint8Array> {
  const { promise: over, reject } = Promise.withResolvers<never>();
  over.catch(() => undefined);
  using waiting = new DisposableStack();
  waiting.defer(() => stream.destroy());
  waiting.defer(onAbort(signal, reject));
  const chunks = stream[Symbol.asyncIterator]();
  for (;;) {
    using timer = idleTimer(idleMs, () => reject(silent(from, idleMs)));
    const next = await Promise.race([chunks.next(), over]);
    timer.dispose();
    if (next.done) return;
    yield next.value;
  }
}

/** All of a stream that may have so many bytes, and not one more. @throws as `flowing`; `bucket_refused` */
export async function whole(
  stream: AsyncIterable<Uint8Array> & { destroy(): unknown },
  { from, signal, maxBytes }: { from: string; signal: AbortSignal; maxBytes: number },
): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const chunk of flowing(stream, { from, signal })) {
    sizeBytes += chunk.length;
    if (sizeBytes > maxBytes) throw tooLarge(from, maxBytes);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

export function tooLarge(from: string, maxBytes: number): SlipwayError {
  return new SlipwayError('bucket_refused', {
    message: `${from} is larger than ${maxBytes} bytes`,
    hint: 'it was not read; nothing was changed',
  });
}

function idleTimer(ms: number, fn: () => void) {
  const timer = setTimeout(fn, ms);
  const dispose = () => clearTimeout(timer);
  return { dispose, [Symbol.dispose]: dispose };
}

function silent(from: string, idleMs: number): SlipwayError {
  return new SlipwayError('bucket_unreachable', {
    message: `${from}: nothing came for ${idleMs / 1000} s`,
    hint: 'it is tried again; nothing was changed',
  });
}
