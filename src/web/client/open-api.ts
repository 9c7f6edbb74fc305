import { problemOf, unreachable } from './problem.ts';

/** The document that describes the API. It is beside the contract, which it is made from. */
export async function fetchOpenApi(signal: AbortSignal): Promise<unknown> {
  const response = await fetch('/api/v1/openapi.json', { signal, credentials: 'same-origin' }).catch(() => {
    throw unreachable();
  });
  const body: unknown = await response.json().catch(() => null);
  if (!response.ok) throw problemOf(body, response.status);
  return body;
}
