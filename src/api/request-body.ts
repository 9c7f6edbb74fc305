import type { IncomingMessage, ServerResponse } from 'node:http';
import { ORPCError } from '@orpc/client';
import { BodyRefusal, readBytes } from './body-bytes.ts';

const MAX_BODY_BYTES = 1024 ** 2;

/**
 * The JSON of a request's body, undefined where there is none. Errors: PAYLOAD_TOO_LARGE past 1 MB, TIMEOUT where it
 * does not come in time, BAD_REQUEST where it is no JSON.
 */
export async function readJson(options: {
  request: IncomingMessage;
  response: ServerResponse;
  timeoutMs: number;
}): Promise<unknown> {
  const bytes = await readBytes({ ...options, maxBytes: MAX_BODY_BYTES }).catch((cause: unknown) => {
    if (!(cause instanceof BodyRefusal)) throw cause;
    throw new ORPCError(cause.status === 413 ? 'PAYLOAD_TOO_LARGE' : 'TIMEOUT', {
      message: cause.message,
      cause,
    });
  });
  if (bytes.length === 0) return undefined;
  try {
    return JSON.parse(bytes.toString());
  } catch (cause) {
    throw new ORPCError('BAD_REQUEST', { message: 'the body of the request is not JSON', cause });
  }
}
