import { once } from 'node:events';
import type { Stats } from 'node:fs';
import fs, { type FileHandle } from 'node:fs/promises';
import type { ClientRequest, IncomingMessage } from 'node:http';
import path from 'node:path';
import { errnoOf, messageOf, SlipwayError } from '../kernel/index.ts';
import { readAnswer } from './answer.ts';
import type { Line } from './line.ts';
import { API_PREFIX, UPLOAD_ROUTE } from './routes.ts';
import type { Uploaded } from './shapes.ts';

export interface UploadOptions {
  app: string;
  /** Path of the archive, or the archive as it comes, of a size that nobody knows: where that throws, nothing is kept of it. */
  file: string | AsyncIterable<Buffer>;
  signal?: AbortSignal;
  /** Called with what was handed to the agent so far, and at the end with the size of the file. */
  onProgress?: (sentBytes: number) => void;
}

/**
 * Sends an archive to the agent, while it is read. Nothing is sent where the agent refuses it by its headers.
 *
 * Errors: `usage` and `permission` where the file cannot be read, `agent_unreachable`, what the agent refuses.
 */
export async function upload(line: Line, options: UploadOptions): Promise<Uploaded> {
  const { app, file, signal } = options;
  const opened = typeof file === 'string' ? await open(file) : null;
  await using _ = opened?.handle;
  const archive =
    opened && typeof file === 'string' ? chunksOf({ ...opened, file }) : (file as AsyncIterable<Buffer>);
  const request = line.request({
    method: UPLOAD_ROUTE.method,
    path: pathOf(app, typeof file === 'string' ? path.basename(file) : STREAMED),
    headers: {
      'content-type': 'application/octet-stream',
      ...(opened && { 'content-length': opened.stat.size }),
      expect: '100-continue',
    },
    ...(signal && { signal }),
  });
  try {
    const response = await answered(request, (over) => send({ ...options, request, archive, over }));
    return (await readAnswer(response, line)) as Uploaded;
  } catch (error) {
    if (signal?.aborted) throw signal.reason;
    throw error instanceof SlipwayError ? error : line.unreachable(error);
  } finally {
    request.destroy();
  }
}

/** The name of an archive that has none. */
const STREAMED = 'standard-input';

function pathOf(app: string, name: string): string {
  const target = UPLOAD_ROUTE.path.replace('{app}', encodeURIComponent(app));
  return `${API_PREFIX}${target}?${new URLSearchParams({ name }).toString()}`;
}

async function open(file: string): Promise<{ handle: FileHandle; stat: Stats }> {
  const handle = await fs.open(file).catch((cause: unknown) => {
    const errno = errnoOf(cause);
    if (errno === 'ENOENT' || errno === 'ENOTDIR')
      throw new SlipwayError('usage', { message: `there is no file ${file}` });
    throw new SlipwayError(errno === 'EACCES' ? 'permission' : 'upload_failed', {
      message: `${file} cannot be read: ${messageOf(cause)}`,
    });
  });
  const stat = await handle.stat();
  if (stat.isFile()) return { handle, stat };
  await handle.close();
  throw new SlipwayError('usage', {
    message: `${file} is not a file`,
    hint: 'an archive is one file: .zip, .tar.gz',
  });
}

/** The answer, which may come before all was sent, or anything: then no more is. */
function answered(
  request: ClientRequest,
  send: (over: AbortSignal) => Promise<void>,
): Promise<IncomingMessage> {
  const over = new AbortController();
  return new Promise((resolve, reject) => {
    request.once('response', (response) => {
      resolve(response);
      over.abort();
    });
    request.on('error', (error) => {
      reject(error);
      over.abort();
    });
    request.once('continue', () => {
      send(over.signal).catch((error) => {
        if (!over.signal.aborted) reject(error);
      });
    });
    request.flushHeaders();
  });
}

async function send({
  request,
  archive,
  over,
  onProgress,
}: UploadOptions & {
  request: ClientRequest;
  archive: AsyncIterable<Buffer>;
  over: AbortSignal;
}): Promise<void> {
  let sentBytes = 0;
  for await (const chunk of archive) {
    if (!request.write(chunk)) await once(request, 'drain', { signal: over });
    sentBytes += chunk.length;
    onProgress?.(sentBytes);
  }
  request.end();
}

async function* chunksOf(opened: { handle: FileHandle; stat: Stats; file: string }): AsyncGenerator<Buffer> {
  const { handle, stat, file } = opened;
  let readBytes = 0;
  for await (const chunk of handle.createReadStream({ autoClose: false })) {
    readBytes += chunk.length;
    // It is looked at before the last of it is sent, as the agent takes the archive for whole then.
    if (readBytes >= stat.size) await checkUnchanged(opened);
    yield chunk as Buffer;
  }
  if (readBytes < stat.size) throw changed(file);
}

async function checkUnchanged(options: { handle: FileHandle; stat: Stats; file: string }): Promise<void> {
  const { handle, stat, file } = options;
  const now = await handle.stat();
  if (now.size !== stat.size || now.mtimeMs !== stat.mtimeMs) throw changed(file);
}

function changed(file: string): SlipwayError {
  return new SlipwayError('upload_failed', {
    message: `${file} was changed while it was sent`,
    hint: 'nothing was kept of it',
  });
}
