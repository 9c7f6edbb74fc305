import fs from 'node:fs/promises';
import path from 'node:path';
import { Worker } from 'node:worker_threads';
import { type Owners, onAbort, SlipwayError, unawaited, uniqueName } from '../kernel/index.ts';
import { defaultLimits, type Limits } from './limits.ts';
import type { Owner } from './permission-rule.ts';
import { forceRemove } from './tree-files.ts';
import { unpackError } from './unpack-error.ts';
import type { UnpackJob, UnpackOutcome } from './unpack-worker.ts';
import type { Wrapping } from './wrapper.ts';

export interface UnpackOptions {
  /** tar, tar.gz, tar.zst or zip; told apart by its first bytes. */
  archive: string;
  /** Must not exist; the folders above it are made. */
  into: string;
  /** Whose it may be beside ours; null: anybody's. See `openOwned`. Default: ours alone. */
  owners?: Owners | undefined;
  /** Whom the tree belongs to from its first moment; null or missing: the agent's own user. */
  owner?: Owner | null | undefined;
  /** 64 hexadecimal digits that the SHA-256 of the archive must have. */
  sha256?: string | undefined;
  limits?: Partial<Limits> | undefined;
  /** Which folder around everything else is left out. Missing: none. */
  wrapping?: Wrapping | undefined;
  signal?: AbortSignal | undefined;
}

export interface Unpacked {
  entries: number;
  sizeBytes: number;
  /** The folder that was left out, where one was. */
  wrapper?: string;
}

/**
 * Unpacks an archive into a directory of its own, which appears under its name when all of it is there and was checked
 * (docs/architecture.md, rule 11). After a failure or an abort nothing of it is left. A worker thread does the work, so that the
 * event loop stays free. `entries` counts what the archive lists, `sizeBytes` the content of its files.
 *
 * Owners are not taken over; modes (rwx) and times are. Whom the tree is given to can read all of it. Rejects with `archive_missing`, `archive_refused`,
 * `digest_mismatch`, `disk_full`, `permission`, `offer_invalid` (the digest is none), or the signal's reason.
 */
export async function unpack(options: UnpackOptions): Promise<Unpacked> {
  const { archive, into, sha256, signal, owners = [], owner = null, wrapping = null } = options;
  checkDigestText(sha256);
  await refuseExisting(into);
  await fs.mkdir(path.dirname(into), { recursive: true });
  const directory = uniqueName(into);
  const limits = { ...defaultLimits, ...options.limits };
  let outcome: UnpackOutcome;
  try {
    const digest = sha256?.toLowerCase() ?? null;
    const job = { archive, owners, directory, owner, limits, wrapping, sha256: digest };
    outcome = await runWorker(job, signal);
    if (outcome.outcome === 'done') {
      await refuseExisting(into);
      signal?.throwIfAborted();
      const { wrapper, entries, sizeBytes } = outcome;
      await fs.rename(wrapper === null ? directory : path.join(directory, wrapper), into);
      if (wrapper !== null) await forceRemove(directory);
      return { entries, sizeBytes, ...(wrapper !== null && { wrapper }) };
    }
  } catch (error) {
    await forceRemove(directory);
    throw error;
  }
  // It goes before the error is made: what a full disk has left is told without the half of a release.
  await forceRemove(directory);
  throw await unpackError(outcome, options);
}

/**
 * Nothing writes any more when this settles: the worker has said that all is there, or has ended. (To end it takes as long
 * as to unpack a megabyte.)
 */
function runWorker(job: UnpackJob, signal: AbortSignal | undefined): Promise<UnpackOutcome> {
  const file = import.meta.url.endsWith('.ts') ? './unpack-worker.ts' : './unpack-worker.js';
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const worker = new Worker(new URL(file, import.meta.url), {
      workerData: job,
      env: {},
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: 512, maxYoungGenerationSizeMb: 64 },
    });
    let outcome: UnpackOutcome | null = null;
    const forget = onAbort(signal, () => unawaited(worker.terminate(), 'the end of a thread that unpacks'));
    worker.on('message', (message: UnpackOutcome) => {
      outcome = message;
      if (message.outcome === 'done' && !signal?.aborted) resolve(message);
    });
    worker.on('error', (error: Error) => {
      outcome ??= { outcome: 'refused', why: `the thread that unpacked it died: ${error.message}` };
    });
    worker.on('exit', () => {
      forget();
      if (signal?.aborted) reject(signal.reason);
      else
        resolve(outcome ?? { outcome: 'refused', why: 'the thread that unpacked it ended without a word' });
    });
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

async function refuseExisting(into: string): Promise<void> {
  const exists = await fs.lstat(into).then(
    () => true,
    () => false,
  );
  if (!exists) return;
  throw new SlipwayError('path_refused', {
    message: `${into} is there already, and a release is never unpacked over another`,
    hint: 'It was left as it is',
  });
}
