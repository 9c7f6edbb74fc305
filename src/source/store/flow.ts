import { onAbort, type SlipwayError } from '../../kernel/index.ts';
import { AGAIN, bucketTrouble, UNCHANGED } from './trouble.ts';

/** A server from which nothing comes for so long has gone, however large what it sends is. */
export const IDLE_MS = 30_000;

/** Who sends it, and the command that shows whether it is well. */
interface From {
  from: string;
  next: string;
}

/** What comes from a server: chunks, until it is destroyed. */
type Flow = AsyncIterable<Uint8Array> & { destroy(reason?: Error): unknown };

/**
 * Passes on what comes, and gives up where nothing does: what is timed is progress, not the whole. Ends the stream in any case.
 * @throws SlipwayError `bucket_unreachable`; what the stream itself throws; the signal's reason
 */
export async function* flowing(
  stream: Flow,
  { from, next, signal, idleMs = IDLE_MS }: From & { signal: AbortSignal; idleMs?: number },
): AsyncGenerator<Uint8Array> {
  // It is destroyed and not raced with: a promise that outlives each chunk would keep all of them.
  using waiting = new DisposableStack();
  waiting.defer(() => stream.destroy());
  waiting.defer(onAbort(signal, (reason) => stream.destroy(reason as Error)));
  const giveUp = () => stream.destroy(silent({ from, next }, idleMs));
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
  { from, next, signal, maxBytes }: From & { signal: AbortSignal; maxBytes: number },
): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const chunk of flowing(stream, { from, next, signal })) {
    sizeBytes += chunk.length;
    if (sizeBytes > maxBytes) throw tooLarge(from, maxBytes);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

export function tooLarge(from: string, maxBytes: number): SlipwayError {
  return bucketTrouble('bucket_refused', {
    message: `${from} is larger than ${maxBytes} bytes`,
    hint: `it was not read; ${UNCHANGED}`,
    next: 'slipway publish --help',
  });
}

function silent({ from, next }: From, idleMs: number): SlipwayError {
  const message = `${from}: nothing came for ${idleMs / 1000} s`;
  return bucketTrouble('bucket_unreachable', { message, hint: AGAIN, next });
}
