import https from 'node:https';
import type * as Acme from 'acme-client';
import { madeOnce } from '../kernel/index.ts';
import { AcmeFailure } from './failure.ts';
import { failureOf } from './problem.ts';

/** How the authority is reached: with one set at a time, as the library's own settings are of the whole process. */
interface Line {
  /** Certificates, as PEM, that its own is checked against; null: those that the host trusts. */
  authorities: string | null;
  signal: AbortSignal;
  now: () => number;
}

const TIMEOUT_MS = 30_000;
const LONGEST_ANSWER = 1024 ** 2;

let line: Line | null = null;

/** The library, which is loaded when it is used first: by the thread of an order. */
export async function acmeLibrary(next: Line): Promise<typeof Acme> {
  line = next;
  return await load();
}

/**
 * What it does by itself is taken away: it waits for as long as a server says before it asks again, keeps neither the kind of an error
 * nor its Retry-After, and fails at one that is no answer.
 */
const load = madeOnce(async () => {
  const acme = await import('acme-client');
  const { interceptors } = acme.axios;
  interceptors.request.clear();
  interceptors.response.clear();
  interceptors.request.use((request) => {
    const { signal, authorities } = line as Line;
    const bounds = { timeout: TIMEOUT_MS, maxContentLength: LONGEST_ANSWER, maxRedirects: 0 };
    const agent = authorities === null ? {} : { httpsAgent: new https.Agent({ ca: authorities }) };
    return Object.assign(request, bounds, agent, { signal });
  });
  interceptors.response.use(
    (response) => {
      const { status, data, headers } = response;
      const retryAfter: unknown = headers['retry-after'];
      const failure = failureOf({ status, data, retryAfter, nowMs: (line as Line).now() });
      if (failure !== null) throw failure;
      return response;
    },
    (error: unknown) => {
      line?.signal.throwIfAborted();
      throw new AcmeFailure('unreachable', `the authority cannot be reached: ${whyNot(error)}`);
    },
  );
  return acme;
});

function whyNot(error: unknown): string {
  const { message, code } = error as { message?: unknown; code?: unknown };
  return String(message || code || error);
}
