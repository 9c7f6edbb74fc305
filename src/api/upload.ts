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
  /** Path of the archive. */
  file: string;
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
  const { handle, stat } = await open(file);
  await using _ = handle;
  const request = line.request({
    method: UPLOAD_ROUTE.method,
    path: pathOf(app, path.basename(file)),
    headers: {
      'content-type': 'application/octet-stream',
      'content-length': stat.size,
      expect: '100-continue',
    },
    ...(signal && { signal }),
  });
  try {
    const response = await answered(request, (over) => send({ ...options, request, handle, stat, over }));
    return (await readAnswer(response, line)) as Uploaded;
  } catch (error) {
    if (signal?.aborted) throw signal.reason;
    throw error instanceof SlipwayError ? error : line.unreachable(error);
  } finally {
    request.destroy();
  }
}

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

async function send(
  options: UploadOptions & { request: ClientRequest; handle: FileHandle; stat: Stats; over: AbortSignal },
): Promise<void> {
  const { request, handle, stat, over, file, onProgress } = options;
  let sentBytes = 0;
  for await (const chunk of handle.createReadStream({ autoClose: false })) {
    // It is looked at before the last of it is sent, as the agent takes the archive for whole then.
    if (sentBytes + chunk.length >= stat.size) await checkUnchanged(options);
    if (!request.write(chunk)) await once(request, 'drain', { signal: over });
    sentBytes += chunk.length;
    onProgress?.(sentBytes);
  }
  if (sentBytes < stat.size) throw changed(file);
  request.end();
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
