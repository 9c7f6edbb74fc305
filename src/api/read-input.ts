import { ORPCError } from '@orpc/client';

/**
 * The input of an operation: the query of a GET or the JSON object of a body, together with the variables of the path.
 * Errors: BAD_REQUEST; those of `body`.
 */
export async function readInput(options: {
  method: string;
  query: URLSearchParams;
  params: Record<string, string>;
  body: () => Promise<unknown>;
}): Promise<Record<string, unknown>> {
  const { method, query, params, body } = options;
  const given = method === 'GET' ? Object.fromEntries(query) : await body();
  if (given === undefined) return { ...params };
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    throw new ORPCError('BAD_REQUEST', { message: 'the body of the request is not a JSON object' });
  return { ...given, ...params };
}
