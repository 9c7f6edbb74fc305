import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { getEventMeta } from '@orpc/client';
import { failureOf } from './failure.ts';
import { encodeEvent, HEARTBEAT } from './sse.ts';
import { StreamSlices } from './stream-slices.ts';

const slices = new StreamSlices();

/**
 * Sends the values of a stream as server-sent events: `message` for each, then `done`, or `error` with the error's body.
 * A slow reader slows the stream down; a reader that went away aborts `signal`, on which the stream ends.
 */
export async function sendEvents(options: {
  response: ServerResponse;
  values: AsyncIterable<unknown>;
  signal: AbortSignal;
  heartbeatMs: number;
  report: (message: string) => void;
}): Promise<void> {
  const { response, values, signal, heartbeatMs, report } = options;
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
  response.flushHeaders();
  const heartbeat = setInterval(() => {
    if (!response.writableNeedDrain) response.write(HEARTBEAT);
  }, heartbeatMs);
  try {
    for await (const value of values) {
      if (signal.aborted) return;
      const id = getEventMeta(value)?.id ?? null;
      if (!response.write(encodeEvent({ event: 'message', id, data: JSON.stringify(value) }))) {
        await once(response, 'drain', { signal });
      }
      const turn = slices.next(response);
      if (turn) await turn;
    }
    if (!signal.aborted) response.end(encodeEvent({ event: 'done', id: null, data: 'null' }));
  } catch (error) {
    if (signal.aborted) return;
    response.end(
      encodeEvent({ event: 'error', id: null, data: JSON.stringify(failureOf(error, report).body) }),
    );
  } finally {
    clearInterval(heartbeat);
  }
}
