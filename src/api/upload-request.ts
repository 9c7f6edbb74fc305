import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { SlipwayError } from '../kernel/index.ts';
import type { Backend, Caller } from './backend.ts';
import { askForBody } from './body-bytes.ts';
import type { Uploaded } from './shapes.ts';

/** Hands the body of a request to the backend while it comes. Errors: `usage`, and what the backend refuses. */
export async function receiveUpload(options: {
  request: IncomingMessage;
  response: ServerResponse;
  backend: Backend;
  app: string;
  name: string | null;
  caller: Caller;
}): Promise<Uploaded> {
  const { request, response, backend, app, caller } = options;
  const name = checkedName(options.name);
  if (/^multipart\//i.test(request.headers['content-type'] ?? ''))
    throw new SlipwayError('usage', {
      message: 'an archive is sent as it is, not as a field of a form',
      hint: 'with curl: --upload-file in the place of --form, and --request POST',
    });
  const body = bodyOf(request, response);
  try {
    return await backend.receiveUpload({ app, name, body, sizeBytes: sizeOf(request), caller });
  } finally {
    body.destroy();
  }
}

/**
 * The body as a stream of its own: whoever reads it may destroy it, and the connection stays for the answer. It begins
 * with the first read, so that a refusal before that spares the sender from sending anything.
 */
function bodyOf(request: IncomingMessage, response: ServerResponse): Readable {
  let begun = false;
  const take = (chunk: Buffer) => {
    if (!body.push(chunk)) request.pause();
  };
  const end = () => body.push(null);
  const close = () => {
    if (!request.complete) body.destroy(disconnected());
  };
  const body = new Readable({
    read() {
      if (begun) {
        request.resume();
        return;
      }
      begun = true;
      askForBody(request, response);
      request.on('data', take).once('end', end);
    },
    destroy(error, done) {
      request.off('data', take).off('end', end).off('close', close).pause();
      done(error);
    },
  });
  // A backend that has not begun to read learns it when it does; without a listener the agent would end.
  body.on('error', () => {});
  request.once('close', close);
  if (request.destroyed) body.destroy(disconnected());
  return body;
}

function disconnected(): SlipwayError {
  return new SlipwayError('upload_failed', {
    message: 'the sender of the archive went away before it had sent all of it',
    hint: 'nothing was kept of it',
  });
}

function sizeOf(request: IncomingMessage): number | null {
  const length = request.headers['content-length'];
  return length === undefined ? null : Number(length);
}

/** One component of a path, as long as a file's name may be. */
function checkedName(name: string | null): string {
  if (
    name !== null &&
    /^[^/\\\p{Cc}]+$/u.test(name) &&
    Buffer.byteLength(name) <= 255 &&
    !/^\.\.?$/.test(name)
  )
    return name;
  throw new SlipwayError('usage', {
    message:
      name === null
        ? 'the name of the archive is missing'
        : `${JSON.stringify(name.slice(0, 300))} is not the name of a file`,
    hint: 'it is given in the query: ?name=site.zip',
  });
}
