import { encodeCall, type Operations, routes } from '../../api/pages/index.ts';
import { Problem, problemOf, unreachable } from './problem.ts';
import { valuesOf } from './stream.ts';

/** One method for each operation of the contract. A failed call rejects with a Problem; a stream is an async iterator. */
export type Client = Operations;

interface CallOptions {
  signal?: AbortSignal;
  lastEventId?: string;
}

/**
 * Calls the API of the agent that served the pages. `onUnauthorized` is told of each answer that says that the session is
 * over. Only the contract's types are known here: no schema is loaded.
 */
export function createClient(options: { fetch: typeof fetch; onUnauthorized: () => void }): Client {
  const call = async (operation: keyof typeof routes, input: object | undefined, given: CallOptions = {}) => {
    const { method, path, body } = encodeCall(operation, { ...input });
    const headers: Record<string, string> = { accept: 'application/json, text/event-stream' };
    if (body !== null) headers['content-type'] = 'application/json';
    if (given.lastEventId !== undefined) headers['last-event-id'] = given.lastEventId;
    const response = await send(options.fetch, path, {
      method,
      headers,
      body,
      credentials: 'same-origin',
      cache: 'no-store',
      ...(given.signal && { signal: given.signal }),
    });
    if (response.ok && isStream(response)) return valuesOf(response, { signal: given.signal });
    const answer = await read(response);
    if (!response.ok) {
      const problem = problemOf(answer, response.status);
      // A wrong password is answered with 401, too.
      if (problem.code === 'unauthenticated') options.onUnauthorized();
      throw problem;
    }
    return answer;
  };
  const operations = Object.keys(routes) as (keyof typeof routes)[];
  return Object.fromEntries(
    operations.map((operation) => [
      operation,
      (input: object | undefined, given: CallOptions | undefined) => call(operation, input, given),
    ]),
  ) as unknown as Client;
}

async function send(fetching: typeof fetch, path: string, request: RequestInit): Promise<Response> {
  try {
    return await fetching(path, request);
  } catch {
    if (request.signal?.aborted) throw request.signal.reason;
    throw unreachable();
  }
}

function isStream(response: Response): boolean {
  return response.headers.get('content-type')?.startsWith('text/event-stream') ?? false;
}

async function read(response: Response): Promise<unknown> {
  const text = await response.text().catch(() => {
    throw unreachable();
  });
  try {
    return JSON.parse(text);
  } catch {
    if (!response.ok) return null;
    throw new Problem({
      code: 'failed',
      status: response.status,
      message: 'what answered is not the agent',
      hint: 'something between here and the agent answered in its place',
    });
  }
}
