import type { IncomingMessage } from 'node:http';
import { ORPCError } from '@orpc/client';

const MAX_BODY_BYTES = 1024 ** 2;

/**
 * The JSON of a request's body, undefined where there is none. Errors: PAYLOAD_TOO_LARGE past 1 MB, BAD_REQUEST where it
 * is no JSON.
 */
export async function readBody(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  // The connection has to last for the answer.
  const body: AsyncIterable<Buffer> = request.iterator({ destroyOnReturn: false });
  for await (const chunk of body) {
    sizeBytes += chunk.length;
    if (sizeBytes > MAX_BODY_BYTES) {
      throw new ORPCError('PAYLOAD_TOO_LARGE', { message: 'the body of the request is larger than 1 MB' });
    }
    chunks.push(chunk);
  }
  if (sizeBytes === 0) return undefined;
  try {
    return JSON.parse(Buffer.concat(chunks).toString());
  } catch (cause) {
    throw new ORPCError('BAD_REQUEST', { message: 'the body of the request is not JSON', cause });
  }
}
