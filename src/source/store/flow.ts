import { onAbort, SlipwayError } from '../../kernel/index.ts';

/** A server from which nothing comes for so long has gone, however large what it sends is. */
export const IDLE_MS = 30_000;

/** What comes from a server: chunks, until it is destroyed. */
type Flow = AsyncIterable<Uint8Array> & { destroy(reason?: Error): unknown };

/**
 * Passes on what comes, and gives up where nothing does: what is timed is progress, not the whole. Ends the stream in any case.
 * @throws SlipwayError `bucket_unreachable`; what the stream itself throws; the signal's reason
 */
export async function* flowing(
  stream: Flow,
  { from, signal, idleMs = IDLE_MS }: { from: string; signal: AbortSignal; idleMs?: number },
): AsyncGenerator<Uint8Array> {
  // It is destroyed and not raced with: a promise that outlives each chunk would keep all of them.
  using waiting = new DisposableStack();
  waiting.defer(() => stream.destroy());
  waiting.defer(onAbort(signal, (reason) => stream.destroy(reason as Error)));
  const giveUp = () => stream.destroy(silent(from, idleMs));
  let timer = setTimeout(giveUp, idleMs);
  waiting.defer(() => clearTimeout(timer));
  for await (const chunk of stream) {
    // What the reader does with it counts for nothing.
    clearTimeout(timer);
    yield chunk;
    timer = setTimeout(giveUp, idleMs);
  }
}

/** All of a stream that may have so many bytes, and not one more. @throws as `flowing`; `bucket_refused` */
export async function whole(
  stream: Flow,
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

function silent(from: string, idleMs: number): SlipwayError {
  return new SlipwayError('bucket_unreachable', {
    message: `${from}: nothing came for ${idleMs / 1000} s`,
    hint: 'it is tried again; nothing was changed',
  });
}
