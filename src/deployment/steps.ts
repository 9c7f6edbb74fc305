import fs from 'node:fs';
import path from 'node:path';
import type { DeploymentRow, ReleaseRow } from '../journal/index.ts';
import { formatDuration, formatSize, SlipwayError, sleep } from '../kernel/index.ts';
import { checkSpace, estimate, sweep, syncTree, unpack } from '../release/index.ts';
import type { Offer } from '../source/index.ts';
import { hasCopies, type ServiceContext } from './context.ts';
import { announceNew, giveToUser, makeCopy, runDirectory } from './launch.ts';
import type { PlannedStep } from './plan.ts';
import { runPreCommand } from './pre-command.ts';
import type { Replicas } from './replicas.ts';

export interface StepContext {
  context: ServiceContext;
  replicas: Replicas;
  deployment: DeploymentRow;
  release: ReleaseRow;
  offer: Offer;
  step: PlannedStep;
  position: number;
  signal: AbortSignal;
  /** Of `roll-back`: the release that it goes to; null where nothing ran before. */
  goBackTo: number | null;
  say(line: string): void;
}

/**
 * What each step does. Every one of them may be begun again after a crash in its middle: it finds what was done, and
 * does the rest. A step that throws has failed.
 */
export async function perform(step: StepContext): Promise<void> {
  switch (step.step.name) {
    case 'fetch':
      return await fetchArchive(step);
    case 'unpack':
      return await unpackArchive(step);
    case 'pre-command':
      return await runPreCommand(step);
    case 'copy':
      return await copy(step);
    case 'sync':
      return await sync(step);
    case 'roll-out':
      return await rollOut(step);
    case 'prove':
      return await prove(step);
    case 'roll-back':
      return await rollBack(step);
  }
}

async function fetchArchive({ context, offer, signal, say }: StepContext): Promise<void> {
  const archive = await fetchFrom(context, offer, signal);
  const { bytes, inodes } = await estimate(archive.path);
  const trees = 1 + (hasCopies(context.configuration) ? context.configuration.replicas : 0);
  await checkSpace({ directory: context.layout.root, needBytes: bytes * trees, needInodes: inodes * trees });
  say(`${path.basename(archive.path)}, ${formatSize(archive.sizeBytes)}`);
}

async function unpackArchive({ context, release, offer, signal, say }: StepContext): Promise<void> {
  const into = context.layout.releaseDirectory(release.number, release.version);
  if (fs.existsSync(into)) return say('unpacked before');
  await sweep(path.dirname(into));
  const archive = await fetchFrom(context, offer, signal);
  const { entries, sizeBytes } = await unpack({
    archive: archive.path,
    into,
    signal,
    ...(offer.sha256 === null ? {} : { sha256: offer.sha256 }),
  });
  await giveToUser(context, into);
  if (archive.temporary) fs.rmSync(archive.path, { force: true });
  context.journal.write(`${context.id}: release ${release.number} unpacked`, (tables) =>
    tables.updateRelease(context.key, release.number, { state: 'ready', sizeBytes }),
  );
  say(`${entries} entries, ${formatSize(sizeBytes)}${offer.sha256 === null ? '' : ', SHA-256 as offered'}`);
}

async function fetchFrom(context: ServiceContext, offer: Offer, signal: AbortSignal) {
  const cacheDirectory = path.join(context.dataDirectory, 'cache', context.id);
  return await context.source.fetch({ version: offer.version, cacheDirectory, signal });
}

async function copy({ context, release, step }: StepContext): Promise<void> {
  const directory = runDirectory(context, release, step.instance ?? 0);
  if (fs.existsSync(directory)) return;
  await sweep(path.dirname(directory));
  await makeCopy(context, release, directory);
}

/** After a power loss an unsynced tree may be there with empty files: it is on the disk before anything points to it. */
async function sync({ context, release }: StepContext): Promise<void> {
  await syncTree(context.layout.releaseDirectory(release.number, release.version));
  if (!hasCopies(context.configuration)) return;
  for (const { number } of context.journal.tables
    .instances(context.key)
    .map((row) => ({ number: row.instance })))
    if (fs.existsSync(runDirectory(context, release, number)))
      return await syncTree(runDirectory(context, release, number));
}

/** The journal says already which release the instance is to run: it is told, and waited for. */
async function rollOut({ context, replicas, release, step, signal, say }: StepContext): Promise<void> {
  const instance = step.instance ?? 0;
  if (!replicas.has(instance)) return say('no longer configured');
  if (replicas.isStopped(instance)) return say('stopped by a person: it will start with this release');
  announceNew(context, release, instance);
  replicas.wantRelease(
    instance,
    release.number,
    `release ${release.number} (${release.version}) is rolled out`,
  );
  await within(context, signal, () =>
    replicas.until(() => replicas.isReadyWith(instance, release.number), signal),
  );
}

/** Ready on every instance, and so for `prove_after`. */
async function prove({ context, replicas, deployment, release, signal, say }: StepContext): Promise<void> {
  const { proveAfterMs } = context.configuration;
  // Those that the roll-out was of: what is configured to be more meanwhile follows when this has ended.
  const planned = context.journal.tables.steps(deployment.id).filter((step) => step.name === 'roll-out');
  const expected = () =>
    planned
      .map((step) => step.instance ?? 0)
      .filter((instance) => replicas.has(instance) && !replicas.isStopped(instance));
  const allReady = () => expected().every((instance) => replicas.isReadyWith(instance, release.number));
  await within(context, signal, async () => {
    for (;;) {
      await replicas.until(allReady, signal);
      const unready = new AbortController();
      const off = replicas.changed.on(() => {
        if (!allReady()) unready.abort();
      });
      try {
        await sleep(proveAfterMs, {
          clock: context.clock,
          signal: AbortSignal.any([signal, unready.signal]),
        });
        return say(
          `ready on ${expected().length} of ${expected().length} for ${formatDuration(proveAfterMs)}`,
        );
      } catch (error) {
        if (signal.aborted) throw error;
        say('an instance was not ready any more: the time starts again');
      } finally {
        off();
      }
    }
  });
}

/** Goes back without waiting longer than a start may take: an old release that does not come up must not hold the rest. */
async function rollBack({ replicas, step, goBackTo: to, signal, say }: StepContext): Promise<void> {
  const instance = step.instance ?? 0;
  replicas.wantRelease(instance, to, to === null ? 'nothing ran before' : `back to release ${to}`);
  if (!replicas.has(instance)) return say('no longer configured');
  if (to === null) return await replicas.until(() => replicas.get(instance)?.stateName === 'stopped', signal);
  if (replicas.isStopped(instance)) return;
  const settled = () => {
    const state = replicas.get(instance)?.stateName;
    const run = replicas.get(instance)?.run;
    if (run && run.release !== to) return false;
    return replicas.isReadyWith(instance, to) || state === 'backoff' || state === 'failed';
  };
  await replicas.until(settled, signal);
  if (!replicas.isReadyWith(instance, to))
    say(`not ready yet: ${replicas.get(instance)?.state.reason ?? ''}; it is kept trying`);
}

/** Bounded by `rollback_after`: no readiness by then is a failure. */
async function within(
  context: ServiceContext,
  signal: AbortSignal,
  work: () => Promise<void>,
): Promise<void> {
  const { rollbackAfterMs } = context.configuration;
  const over = new AbortController();
  const late = sleep(rollbackAfterMs, {
    clock: context.clock,
    signal: AbortSignal.any([signal, over.signal]),
  }).then(() => {
    throw new SlipwayError('not_ready', {
      message: `no readiness within ${formatDuration(rollbackAfterMs)} (rollback_after)`,
    });
  });
  try {
    await Promise.race([work(), late]);
  } finally {
    over.abort();
    late.catch(() => undefined);
  }
}
