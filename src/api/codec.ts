import { ORPCError } from '@orpc/client';
import type { StandardCodec } from '@orpc/server/standard';
import { failureOf } from './failure.ts';

/**
 * Translates between HTTP and an operation's input and output: the input is the query of a GET or the JSON object of a
 * body, together with the variables of the path; the output is JSON as it is, or a stream of values.
 */
export function createCodec(report: (message: string) => void): StandardCodec {
  return {
    async decode(request, params) {
      const given =
        request.method === 'GET' ? Object.fromEntries(request.url.searchParams) : await request.body();
      if (given === undefined) return { ...params };
      if (typeof given !== 'object' || given === null || Array.isArray(given))
        throw new ORPCError('BAD_REQUEST', { message: 'the body of the request is not a JSON object' });
      return { ...given, ...params };
    },
    encode: (output) => ({ status: 200, headers: {}, body: output }),
    encodeError(error) {
      const { status, body } = failureOf(error, report);
      return { status, headers: {}, body };
    },
  };
}
