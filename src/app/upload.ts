import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { AppContext } from '../deployment/index.ts';
import type { RecordedOffer } from '../journal/index.ts';
import { formatSize, SlipwayError, uniqueName } from '../kernel/index.ts';
import { availableSpace } from '../release/index.ts';

export interface ReceivedUpload {
  /** Names it in the deploy that follows. */
  id: string;
  sizeBytes: number;
  sha256: string;
}

/** So often the room on the disk is looked at, and so much is left. */
const LOOK_BYTES = 16 * 1024 ** 2;

type UploadContext = Pick<AppContext, 'dataDirectory' | 'id'>;

/** Where archives that people sent lie until their deployment has ended. */
function uploadsDirectory({ dataDirectory, id }: UploadContext): string {
  return path.join(dataDirectory, 'uploads', id);
}

/**
 * Keeps an archive that a person sends; it is on the disk, whole, when this resolves. One that breaks off leaves nothing.
 * @throws SlipwayError `upload_too_large`, `disk_full`
 */
export async function receiveUpload(
  context: UploadContext,
  options: { body: Readable; sizeBytes: number | null; maxSizeBytes: number },
): Promise<ReceivedUpload> {
  const { body, sizeBytes, maxSizeBytes } = options;
  if (sizeBytes !== null && sizeBytes > maxSizeBytes) throw tooLarge(maxSizeBytes);
  const directory = uploadsDirectory(context);
  fs.mkdirSync(directory, { recursive: true, mode: 0o700 });
  const { bytes } = await availableSpace(directory);
  if ((sizeBytes ?? 0) + LOOK_BYTES > bytes) throw noRoom({ directory, bytes: sizeBytes ?? 0, free: bytes });
  const temporary = uniqueName(path.join(directory, 'archive'));
  const digest = createHash('sha256');
  let received = 0;
  let lookAgainAt = 0;
  try {
    const file = fs.createWriteStream(temporary, { flags: 'wx', mode: 0o600, flush: true });
    await pipeline(
      body,
      async function* (chunks: AsyncIterable<Buffer>) {
        for await (const chunk of chunks) {
          received += chunk.length;
          if (received > maxSizeBytes) throw tooLarge(maxSizeBytes);
          // Several may come at once, and one need not say how large it is: none fills the disk to the brim.
          if (received > lookAgainAt) {
            const free = (await availableSpace(directory)).bytes;
            if (free < LOOK_BYTES) throw noRoom({ directory, bytes: received, free });
            lookAgainAt = received + LOOK_BYTES;
          }
          digest.update(chunk);
          yield chunk;
        }
      },
      file,
    );
    const sha256 = digest.digest('hex');
    fs.renameSync(temporary, path.join(directory, sha256));
    return { id: sha256, sizeBytes: received, sha256 };
  } catch (error) {
    fs.rmSync(temporary, { force: true });
    throw error;
  }
}

/** @throws SlipwayError `archive_missing`; `archive_refused` where it is of no format that is taken */
export function uploadedArchive(context: UploadContext, id: string): { path: string; sha256: string } {
  const file = path.join(uploadsDirectory(context), id);
  if (/^[0-9a-f]{64}$/.test(id) && fs.existsSync(file)) {
    if (isArchive(file)) return { path: file, sha256: id };
    fs.rmSync(file, { force: true });
    throw new SlipwayError('archive_refused', {
      message: 'what was sent is neither a .tar.gz nor a .zip',
      hint: 'nothing was kept of it, and nothing was changed',
      next: `slipway deploy ${context.id} --archive <file>`,
    });
  }
  throw new SlipwayError('archive_missing', {
    message: 'the archive that was sent is not there any more',
    hint: 'nothing was changed',
    next: `slipway deploy ${context.id} --archive <file>`,
  });
}

/** Whether its first bytes are those of an archive: gzip's (RFC 1952), or those of a zip's first entry. */
function isArchive(file: string): boolean {
  const head = Buffer.alloc(4);
  const fd = fs.openSync(file, 'r');
  try {
    fs.readSync(fd, head, 0, head.length, 0);
  } finally {
    fs.closeSync(fd);
  }
  const hex = head.toString('hex');
  return hex.startsWith('1f8b') || hex === '504b0304';
}

/** A deploy follows the sending at once; what is older, and of no open deployment, is of none. */
const ABANDONED_AFTER_MS = 3_600_000;

/** Removes archives that no deployment needs any more; `ended`: the offer, as journalled, of one that has just ended. */
export function sweepUploads(context: AppContext, ended: RecordedOffer | null): void {
  const directory = uploadsDirectory(context);
  if (!fs.existsSync(directory)) return;
  const { journal, key, clock } = context;
  const needed = new Set(journal.tables.openDeployments(key).map(({ offer }) => offer.upload));
  const done = ended?.upload ?? null;
  for (const name of fs.readdirSync(directory)) {
    const file = path.join(directory, name);
    if (needed.has(file)) continue;
    const isAbandoned = clock.now() - fs.statSync(file).mtimeMs > ABANDONED_AFTER_MS;
    if (file === done || isAbandoned) fs.rmSync(file, { force: true });
  }
}

function noRoom({
  directory,
  bytes,
  free,
}: {
  directory: string;
  bytes: number;
  free: number;
}): SlipwayError {
  return new SlipwayError('disk_full', {
    message: `the archive has ${formatSize(bytes)} or more, and ${directory} has ${formatSize(free)} free`,
    hint: 'nothing was kept of it',
    next: `df -h ${directory}`,
  });
}

function tooLarge(maxSizeBytes: number): SlipwayError {
  return new SlipwayError('upload_too_large', {
    message: `the archive is larger than ${formatSize(maxSizeBytes)} (upload.max_size)`,
    hint: 'nothing was kept of it, and nothing was changed',
  });
}
