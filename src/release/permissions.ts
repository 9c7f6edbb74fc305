import fs from 'node:fs';
import { Worker } from 'node:worker_threads';
import { onAbort, SlipwayError } from '../kernel/index.ts';
import { type OpenRelease, withRelease } from './beneath.ts';
import { DirectoryQueue } from './directory-queue.ts';
import type { Modes, Owner } from './permission-rule.ts';
import type { PermissionCounts, PermissionsJob } from './permission-walk.ts';
import type { PermissionsOutcome } from './permissions-worker.ts';

/** Most of the time is the kernel's, which lets two work side by side; a third gains nothing. */
const THREADS = 2;

/**
 * Gives a whole release its owner, group and modes; `.env` at its top gets 0640. Only what differs is touched. Files lose
 * setuid and setgid. Symbolic links get the owner themselves and are not followed, and another user who changes the tree
 * meanwhile leads it nowhere else. A file that has other names (hard links) is replaced by a copy where it is wrong and
 * everybody may read it, because the other names may be outside of the release; else it is left.
 *
 * Rejects with `release_unknown`, `permission`, `disk_full`, `permissions_failed`, or the signal's reason; what was changed by then
 * stays changed, and may be begun again.
 */
export function setPermissions(options: {
  directory: string;
  /** Null: owner and group stay what they are. */
  owner: Owner | null;
  modes: Modes;
  /** Users whose files are touched, beside those of `owner`; null or missing: whoever has put them there. */
  from?: readonly number[] | null;
  signal?: AbortSignal | undefined;
}): Promise<PermissionCounts> {
  return withRelease(options.directory, (release) => mendTree({ ...options, ...release }));
}

/** The same for a directory that is open; wrong hard-linked files are copied by way of `aside`. */
export async function mendTree(
  options: Pick<OpenRelease, 'top' | 'aside'> & {
    owner: Owner | null;
    modes: Modes | null;
    from?: readonly number[] | null | undefined;
    signal?: AbortSignal | undefined;
  },
): Promise<PermissionCounts> {
  const { top, aside, owner, from = null, signal } = options;
  signal?.throwIfAborted();
  const queue = new DirectoryQueue();
  // setuid and setgid are for directories alone.
  const modes = options.modes && { ...options.modes, file: options.modes.file & 0o777 };
  queue.offer(top);
  const forget = onAbort(signal, () => queue.stop());
  try {
    const job: PermissionsJob = { memory: queue.memory, top, aside, owner, modes, from };
    const outcomes = await Promise.all(Array.from({ length: THREADS }, () => runThread(job, queue)));
    signal?.throwIfAborted();
    return total(outcomes);
  } finally {
    forget();
    for (let fd = queue.remove(); fd !== null; fd = queue.remove()) if (fd !== top) fs.closeSync(fd);
  }
}

/** Settles when the thread has ended, so that nothing is changed any more. */
function runThread(job: PermissionsJob, queue: DirectoryQueue): Promise<PermissionsOutcome> {
  const file = import.meta.url.endsWith('.ts') ? './permissions-worker.ts' : './permissions-worker.js';
  return new Promise((resolve) => {
    const worker = new Worker(new URL(file, import.meta.url), {
      workerData: job,
      env: {},
      execArgv: [],
      // One thread closes what another has opened.
      trackUnmanagedFds: false,
      resourceLimits: { maxOldGenerationSizeMb: 512, maxYoungGenerationSizeMb: 64 },
    });
    let outcome: PermissionsOutcome | null = null;
    let why = 'the thread that set them ended without a word';
    worker.on('message', (message: PermissionsOutcome) => {
      outcome = message;
    });
    worker.on('error', (error: Error) => {
      why = `the thread that set them died: ${error.message}`;
    });
    worker.on('exit', () => {
      // Another thread would wait for ever for what this one had.
      if (outcome === null) queue.stop();
      resolve(outcome ?? { outcome: 'permissions_failed', path: 'the release', why });
    });
  });
}

function total(outcomes: readonly PermissionsOutcome[]): PermissionCounts {
  const sum = { entries: 0, changed: 0, left: 0 };
  for (const outcome of outcomes) {
    if (outcome.outcome !== 'done')
      throw new SlipwayError(outcome.outcome, {
        message: `Owner and modes of ${outcome.path} could not be set: ${outcome.why}`,
        hint: 'what was live is as it was',
      });
    sum.entries += outcome.entries;
    sum.changed += outcome.changed;
    sum.left += outcome.left;
  }
  return sum;
}
