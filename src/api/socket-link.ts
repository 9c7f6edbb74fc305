import http, { type IncomingMessage } from 'node:http';
import net from 'node:net';
import { errnoOf, SlipwayError } from '../kernel/index.ts';
import { parse, readAnswer } from './answer.ts';
import { encodeCall } from './encode-call.ts';
import { ACTOR_HEADER, type routes } from './routes.ts';
import { SseDecoder } from './sse.ts';
import { lost, unreachable } from './unreachable.ts';
import { fromWire } from './wire-error.ts';

type Input = Record<string, unknown>;

interface LinkOptions {
  socketPath: string;
  actor: string;
}

export interface CallOptions {
  signal?: AbortSignal;
  lastEventId?: string;
}

const eventIds = new WeakMap<object, string>();

/** The id of the event that brought a value; undefined where it had none. */
export function eventIdOf(value: unknown): string | undefined {
  return typeof value === 'object' && value !== null ? eventIds.get(value) : undefined;
}

/** Carries calls to the agent, and its answers and streams back, over the Unix socket. */
export class SocketLink {
  private readonly options: LinkOptions;

  constructor(options: LinkOptions) {
    this.options = options;
  }

  async call(operation: keyof typeof routes, input: Input, options: CallOptions): Promise<unknown> {
    const response = await this.send(operation, input, options);
    if (response.headers['content-type'] === 'text/event-stream')
      return this.events(response, options.signal);
    return readAnswer(response, this.options.socketPath);
  }

  private send(operation: keyof typeof routes, input: Input, options: CallOptions): Promise<IncomingMessage> {
    const { socketPath, actor } = this.options;
    const { signal, lastEventId } = options;
    const { method, path, body } = encodeCall(operation, input);
    const headers: Record<string, string> = { [ACTOR_HEADER]: encodeURIComponent(actor) };
    if (body !== null) headers['content-type'] = 'application/json';
    if (lastEventId !== undefined) headers['last-event-id'] = lastEventId;
    return new Promise((resolve, reject) => {
      // One connection for one call: without an agent's pool, nothing keeps the process alive afterwards.
      const createConnection = () => net.connect(socketPath);
      const request = http.request(
        { createConnection, method, path, headers, ...(signal && { signal }) },
        resolve,
      );
      request.on('error', (error) =>
        reject(signal?.aborted ? signal.reason : unreachable(socketPath, errnoOf(error))),
      );
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
      }
    } catch (error) {
      if (signal?.aborted) throw signal.reason;
      throw error instanceof SlipwayError ? error : lost(this.options.socketPath);
    }
  }
}
