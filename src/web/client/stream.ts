import { SseDecoder } from '../../api/pages/index.ts';
import { problemOf, unreachable } from './problem.ts';

/** The agent sends a heartbeat every 15 s: a connection that is silent for longer is dead, whatever the browser believes. */
const SILENCE_MS = 40_000;

const eventIds = new WeakMap<object, string>();

/** The id of the event that brought a value, which `lastEventId` resumes from. */
export function eventIdOf(value: unknown): string | undefined {
  return typeof value === 'object' && value !== null ? eventIds.get(value) : undefined;
}

/** The values of a stream of events. Throws a Problem where the agent ends it with one, or is gone. */
export async function* valuesOf(
  response: Response,
  options: { signal: AbortSignal | undefined; silenceMs?: number },
): AsyncGenerator<unknown> {
  const reader = (response.body as ReadableStream<Uint8Array>).getReader();
  const decoder = new SseDecoder();
  const text = new TextDecoder();
  try {
    while (true) {
      const chunk = await within(reader.read(), options.silenceMs ?? SILENCE_MS);
      if (chunk.done) throw unreachable();
      for (const { event, id, data } of decoder.feed(text.decode(chunk.value, { stream: true }))) {
        const value: unknown = JSON.parse(data);
        if (event === 'done') return;
        if (event === 'error') throw problemOf(value, statusOf(value));
        if (id !== null && typeof value === 'object' && value !== null) eventIds.set(value, id);
        yield value;
      }
    }
  } catch (error) {
    if (options.signal?.aborted) throw options.signal.reason;
    throw error instanceof TypeError ? unreachable() : error;
  } finally {
    reader.cancel().catch(() => {});
  }
}

function within<T>(promise: Promise<T>, ms: number): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(unreachable()), ms);
    promise.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

function statusOf(value: unknown): number {
  const { status } = (value ?? {}) as { status?: unknown };
  return typeof status === 'number' ? status : 500;
}
