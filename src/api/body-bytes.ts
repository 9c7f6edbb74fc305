import type { IncomingMessage, ServerResponse } from 'node:http';

/** A body that is not read to its end: 413 where it is too large, 408 where it is too slow. */
export class BodyRefusal extends Error {
  readonly status: 408 | 413;

  constructor(status: 408 | 413, message: string) {
    super(message);
    this.name = 'BodyRefusal';
    this.status = status;
  }
}

/**
 * The bytes of a request's body. The connection is left open, for the answer.
 * @throws BodyRefusal; another error where the sender goes away
 */
export function readBytes(options: {
  request: IncomingMessage;
  response: ServerResponse;
  maxBytes: number;
  timeoutMs: number;
}): Promise<Buffer> {
  const { request, response, maxBytes, timeoutMs } = options;
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  return new Promise((resolve, reject) => {
    const settle = (error: Error | null) => {
      clearTimeout(timer);
      request.off('data', take).off('end', end).off('close', close).pause();
      if (error) reject(error);
      else resolve(Buffer.concat(chunks));
    };
    const tooLarge = () =>
      settle(new BodyRefusal(413, `the body of the request is larger than ${maxBytes / 1024 ** 2} MB`));
    const tooSlow = () =>
      settle(new BodyRefusal(408, `the body of the request did not come within ${timeoutMs / 1000} s`));
    const take = (chunk: Buffer) => {
      sizeBytes += chunk.length;
      if (sizeBytes > maxBytes) tooLarge();
      else chunks.push(chunk);
    };
    const end = () => settle(null);
    const close = () => settle(new Error('the sender went away before it had sent the whole body'));
    const timer = setTimeout(tooSlow, timeoutMs);
    if (request.destroyed) return close();
    if (Number(request.headers['content-length']) > maxBytes) return tooLarge();
    askForBody(request, response);
    request.on('data', take).once('end', end).once('close', close);
  });
}

/** Lets a sender go on that waits to be asked (`Expect: 100-continue`), as curl does with large bodies. */
export function askForBody(request: IncomingMessage, response: ServerResponse): void {
  if (request.headers.expect !== undefined) response.writeContinue();
}
