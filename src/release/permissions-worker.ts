import { parentPort, workerData } from 'node:worker_threads';
import { errnoOf, isDiskFull, messageOf } from '../kernel/index.ts';
import { DirectoryQueue } from './directory-queue.ts';
import { EntryError, type PermissionCounts, type PermissionsJob, PermissionWalk } from './permission-walk.ts';

/** What a thread sends back, once. */
export type PermissionsOutcome =
  | ({ outcome: 'done' } & PermissionCounts)
  | { outcome: 'disk_full' | 'permission' | 'permissions_failed'; path: string; why: string };

const job = workerData as PermissionsJob;
const queue = new DirectoryQueue(job.memory);
const walk = new PermissionWalk(job, queue);
try {
  walk.run();
  parentPort?.postMessage({ outcome: 'done', ...walk.counts } satisfies PermissionsOutcome);
} catch (error) {
  queue.stop();
  parentPort?.postMessage(failure(error));
}

function failure(error: unknown): PermissionsOutcome {
  const { cause, path } = error instanceof EntryError ? error : { cause: error, path: 'the release' };
  const why = messageOf(cause);
  if (isDiskFull(cause) || errnoOf(cause) === 'disk_full') return { outcome: 'disk_full', path, why };
  const isRefused = ['EACCES', 'EPERM', 'EROFS'].includes(errnoOf(cause) ?? '');
  return { outcome: isRefused ? 'permission' : 'permissions_failed', path, why };
}
