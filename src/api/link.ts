import type { IncomingMessage } from 'node:http';
import { SlipwayError } from '../kernel/index.ts';
import { parse, readAnswer, tooLong } from './answer.ts';
import { encodeCall } from './encode-call.ts';
import type { Line } from './line.ts';
import type { routes } from './routes.ts';
import { SseDecoder } from './sse.ts';
import { fromWire } from './wire-error.ts';

type Input = Record<string, unknown>;

export interface CallOptions {
  signal?: AbortSignal;
  lastEventId?: string;
}

/** The largest is a piece of a line of a log. */
const EVENT_MAX_CHARACTERS = 8 * 1024 * 1024;

const eventIds = new WeakMap<object, string>();

/** The id of the event that brought a value; undefined where it had none. */
export function eventIdOf(value: unknown): string | undefined {
  return typeof value === 'object' && value !== null ? eventIds.get(value) : undefined;
}

/** Carries calls to an agent, and its answers and streams back. */
export class Link {
  private readonly line: Line;

  constructor(line: Line) {
    this.line = line;
  }

  async call(operation: keyof typeof routes, input: Input, options: CallOptions): Promise<unknown> {
    const response = await this.send(operation, input, options);
    if (response.headers['content-type'] === 'text/event-stream')
      return this.events(response, options.signal);
    return readAnswer(response, this.line);
  }

  private send(operation: keyof typeof routes, input: Input, options: CallOptions): Promise<IncomingMessage> {
    const { signal, lastEventId } = options;
    const { method, path, body } = encodeCall(operation, input);
    const headers: Record<string, string> = {};
    if (body !== null) headers['content-type'] = 'application/json';
    if (lastEventId !== undefined) headers['last-event-id'] = lastEventId;
    return new Promise((resolve, reject) => {
      const request = this.line.request({ method, path, headers, ...(signal && { signal }) });
      request.on('response', resolve);
      request.on('error', (error) => reject(signal?.aborted ? signal.reason : this.line.unreachable(error)));
      request.end(body ?? undefined);
    });
  }

  private async *events(response: IncomingMessage, signal: AbortSignal | undefined) {
    const decoder = new SseDecoder();
    response.setEncoding('utf8');
    try {
      for await (const chunk of response) {
        for (const { event, id, data } of decoder.feed(chunk)) {
          const value = parse(data);
          if (event === 'done') return;
          if (event === 'error') throw fromWire(value);
          if (id !== null) eventIds.set(value as object, id);
          yield value;
        }
        if (decoder.pendingCharacters > EVENT_MAX_CHARACTERS) throw tooLong(this.line);
      }
    } catch (error) {
      if (signal?.aborted) throw signal.reason;
      throw error instanceof SlipwayError ? error : this.line.lost();
    }
  }
}
