import fs from 'node:fs/promises';
import path from 'node:path';
import { Worker } from 'node:worker_threads';
import { formatSize, SlipwayError, uniqueName } from '../kernel/index.ts';
import { estimate } from './estimate.ts';
import { defaultLimits, type Limits } from './limits.ts';
import { availableSpace } from './space.ts';
import { forceRemove } from './tree-files.ts';
import type { UnpackJob, UnpackOutcome } from './unpack-worker.ts';

export interface UnpackOptions {
  /** tar, tar.gz, tar.zst or zip; told apart by its first bytes. */
  archive: string;
  /** Must not exist; the folders above it are made. */
  into: string;
  /** 64 hexadecimal digits that the SHA-256 of the archive must have. */
  sha256?: string | undefined;
  limits?: Partial<Limits> | undefined;
  signal?: AbortSignal | undefined;
}

/**
 * Unpacks an archive into a directory of its own, which appears under its name when all of it is there and was checked
 * (design, invariant 11). After a failure or an abort nothing of it is left. A worker thread does the work, so that the
 * event loop stays free. `entries` counts what the archive lists, `sizeBytes` the content of its files.
 *
 * Owners are not taken over; modes (rwx) and times are. Rejects with `archive_missing`, `archive_refused`,
 * `digest_mismatch`, `disk_full`, `permission`, `offer_invalid` (the digest is none), or the signal's reason.
 */
export async function unpack(options: UnpackOptions): Promise<{ entries: number; sizeBytes: number }> {
  const { archive, into, sha256, signal } = options;
  checkDigestText(sha256);
  signal?.throwIfAborted();
  await refuseExisting(into);
  await fs.mkdir(path.dirname(into), { recursive: true });
  const directory = uniqueName(into);
  const limits = { ...defaultLimits, ...options.limits };
  let outcome: UnpackOutcome;
  try {
    outcome = await runWorker({ archive, directory, limits, sha256: sha256?.toLowerCase() ?? null }, signal);
    if (outcome.outcome === 'done') {
      await refuseExisting(into);
      signal?.throwIfAborted();
      await fs.rename(directory, into);
      return { entries: outcome.entries, sizeBytes: outcome.sizeBytes };
    }
  } catch (error) {
    await forceRemove(directory);
    throw error;
  }
  // Before the error is made: what a full disk has left is told without the half of a release.
  await forceRemove(directory);
  throw await failure(outcome, options);
}

/** Runs to the worker's exit, so that nothing writes any more when this settles. */
function runWorker(job: UnpackJob, signal: AbortSignal | undefined): Promise<UnpackOutcome> {
  const file = import.meta.url.endsWith('.ts') ? './unpack-worker.ts' : './unpack-worker.js';
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL(file, import.meta.url), {
      workerData: job,
      env: {},
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: 512, maxYoungGenerationSizeMb: 64 },
    });
    let outcome: UnpackOutcome = {
      outcome: 'refused',
      why: 'the thread that unpacked it ended without a word',
    };
    const abort = () => void worker.terminate();
    worker.on('message', (message: UnpackOutcome) => {
      outcome = message;
    });
    worker.on('error', (error: Error) => {
      outcome = { outcome: 'refused', why: `the thread that unpacked it died: ${error.message}` };
    });
    worker.on('exit', () => {
      signal?.removeEventListener('abort', abort);
      if (signal?.aborted) reject(signal.reason);
      else resolve(outcome);
    });
    signal?.addEventListener('abort', abort, { once: true });
  });
}

const UNTOUCHED =
  'Nothing outside its own directory was touched, and nothing of it was kept; what was live is as it was';

async function failure(
  failed: Exclude<UnpackOutcome, { outcome: 'done' }>,
  { archive, into, sha256 }: UnpackOptions,
): Promise<SlipwayError> {
  if (failed.outcome === 'mismatch') return mismatch({ archive, sha256, found: failed.found });
  const { outcome, why } = failed;
  if (outcome === 'disk_full') return diskFull({ archive, into, why });
  if (outcome === 'missing')
    return new SlipwayError('archive_missing', {
      message: `The archive ${archive} is not there`,
      hint: UNTOUCHED,
    });
  if (outcome === 'permission')
    return new SlipwayError('permission', {
      message: `The archive ${archive} could not be unpacked: ${why}`,
      hint: UNTOUCHED,
    });
  return new SlipwayError('archive_refused', {
    message: `The archive ${archive} was refused: ${why}`,
    hint: UNTOUCHED,
  });
}

async function diskFull({
  archive,
  into,
  why,
}: {
  archive: string;
  into: string;
  why: string;
}): Promise<SlipwayError> {
  const parent = path.dirname(into);
  const [need, available] = await Promise.all([estimate(archive), availableSpace(parent)]);
  return new SlipwayError('disk_full', {
    message:
      `No room in ${parent} to unpack ${archive}: about ${formatSize(need.bytes)} and ${need.inodes} inodes needed, ` +
      `${formatSize(available.bytes)} and ${available.inodes ?? 'any number of'} inodes free on that file system (${why})`,
    hint: UNTOUCHED,
    next: `df -h ${parent}; df -i ${parent}`,
  });
}

function checkDigestText(sha256: string | undefined): void {
  if (sha256 === undefined || /^[0-9a-f]{64}$/i.test(sha256)) return;
  const shown = sha256.length > 80 ? `${sha256.slice(0, 80)}...` : sha256;
  throw new SlipwayError('offer_invalid', {
    message: `The digest ${JSON.stringify(shown)} is not a SHA-256: 64 hexadecimal digits are needed`,
    hint: 'Nothing was unpacked',
  });
}

function mismatch({
  archive,
  sha256,
  found,
}: {
  archive: string;
  sha256: string | undefined;
  found: string;
}): SlipwayError {
  return new SlipwayError('digest_mismatch', {
    message: `The archive ${archive} has the SHA-256 ${found}, and ${sha256?.toLowerCase()} was offered`,
    hint: `It was changed on its way, or the offer names another one. ${UNTOUCHED}`,
    next: `sha256sum ${archive}`,
  });
}

async function refuseExisting(into: string): Promise<void> {
  const exists = await fs.lstat(into).then(
    () => true,
    () => false,
  );
  if (!exists) return;
  throw new SlipwayError('failed', {
    message: `${into} is there already, and a release is never unpacked over another`,
    hint: 'It was left as it is',
  });
}
