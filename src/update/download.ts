import fs from 'node:fs';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream } from 'node:stream/web';
import { commandLine, messageOf, SlipwayError } from '../kernel/index.ts';

/** More than any archive of ours has. */
const MAX_BYTES = 1024 ** 3;

/**
 * Fetches an archive into a file. Its digest, which the caller compares, says whether it is the right one; so plain
 * http:// does no harm.
 */
export async function download(options: {
  url: string;
  to: string;
  signal: AbortSignal;
  onProgress: (bytes: number, ofBytes: number | null) => void;
}): Promise<void> {
  const { url, to, signal, onProgress } = options;
  try {
    const response = await fetch(url, { signal });
    if (!response.ok || response.body === null) throw new Error(`HTTP ${response.status}`);
    const length = Number(response.headers.get('content-length')) || null;
    let bytes = 0;
    const body = Readable.fromWeb(response.body as ReadableStream).on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > MAX_BYTES) body.destroy(new Error('it is larger than any archive of Slipway'));
      onProgress(bytes, length);
    });
    await pipeline(body, fs.createWriteStream(to, { mode: 0o600 }), { signal });
  } catch (error) {
    fs.rmSync(to, { force: true });
    signal.throwIfAborted();
    const why = error instanceof Error && error.cause ? messageOf(error.cause) : messageOf(error);
    throw new SlipwayError('update_refused', {
      message: `${url} cannot be fetched: ${why}`,
      hint: 'nothing was changed; fetch it by other means, where this host cannot, and name the file',
      next: `slipway update --archive ${nameIn(url)}`,
    });
  }
}

function nameIn(url: string): string {
  return commandLine([path.basename(new URL(url).pathname) || 'slipway.tar.gz']);
}
