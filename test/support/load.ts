import http from 'node:http';
import https from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';

export interface LoadOptions {
  port: number;
  host: string;
  path?: string;
  /** Each is kept from request to request, as browsers and clients of an API do. */
  connections: number;
  /** Of all together; null: each asks as soon as it was answered. */
  requestsPerS?: number | null;
  tls?: boolean;
  /** What was answered, in a word; throws where it is wrong. */
  judge: (body: string) => string;
}

/** What became of a load, when it is over. */
export interface LoadResult {
  answered: number;
  failed: number;
  /** Some of the failures, in words. */
  failures: string[];
  /** How often each word of `judge` was said. */
  said: Map<string, number>;
  lastedMs: number;
  /** Since the Unix epoch, of the first answer of each word. */
  first: Map<string, number>;
}

const FAILURES_SHOWN = 20;

/** Asks all the time until it is ended: any other answer than 200, and any connection that is cut, is a failure. */
export function startLoad(options: LoadOptions): { result: LoadResult; end(): Promise<LoadResult> } {
  const { connections, requestsPerS = null, judge } = options;
  const everyMs = requestsPerS === null ? 0 : (connections * 1000) / requestsPerS;
  const began = performance.now();
  const result: LoadResult = {
    ...{ answered: 0, failed: 0, failures: [], lastedMs: 0 },
    ...{ said: new Map(), first: new Map() },
  };
  let isOver = false;
  const asking = Array.from({ length: connections }, async (_, index) => {
    const settings = { keepAlive: true, maxSockets: 1 };
    const agent = options.tls ? new https.Agent(settings) : new http.Agent(settings);
    let next = performance.now() + (everyMs * index) / connections;
    while (!isOver) {
      if (everyMs > 0) await sleep(Math.max(0, next - performance.now()));
      // What was missed by a slow answer is not made up for.
      next = Math.max(next + everyMs, performance.now());
      const answer = await ask(options, agent);
      try {
        if (answer.error !== null) throw new Error(answer.error);
        const word = judge(answer.body);
        result.answered++;
        result.said.set(word, (result.said.get(word) ?? 0) + 1);
        if (!result.first.has(word)) result.first.set(word, performance.timeOrigin + performance.now());
      } catch (error) {
        result.failed++;
        if (result.failures.length < FAILURES_SHOWN)
          result.failures.push(`${new Date().toISOString()} ${error}`);
        await sleep(1);
      }
    }
    agent.destroy();
  });
  const end = async () => {
    isOver = true;
    await Promise.all(asking);
    result.lastedMs ||= performance.now() - began;
    return result;
  };
  return { result, end };
}

interface Asked {
  body: string;
  error: string | null;
}

function ask({ port, host, path = '/', tls = false }: LoadOptions, agent: http.Agent): Promise<Asked> {
  const { promise, resolve } = Promise.withResolvers<Asked>();
  const asked = { host: '127.0.0.1', port, path, agent, headers: { host } };
  const safe = { ...asked, servername: host, rejectUnauthorized: false };
  const sent = tls ? https.get(safe) : http.get(asked);
  sent.once('response', (response) => {
    let body = '';
    response.setEncoding('utf8').on('data', (part: string) => {
      body += part;
    });
    response.once('end', () =>
      resolve({
        body,
        error: response.statusCode === 200 ? null : `${response.statusCode} ${body.slice(0, 100)}`,
      }),
    );
    response.once('error', (error) => resolve({ body, error: `cut: ${error.message}` }));
  });
  sent.once('error', (error: NodeJS.ErrnoException) =>
    resolve({ body: '', error: error.code ?? error.message }),
  );
  return promise;
}
