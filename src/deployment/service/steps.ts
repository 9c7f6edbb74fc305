import fs from 'node:fs';
import path from 'node:path';
import { formatDuration, formatSize, SlipwayError, sleep } from '../../kernel/index.ts';
import { checkSpace, estimate, sweep, syncTree, unpack } from '../../release/index.ts';
import type { FetchedArchive, Offer } from '../../source/index.ts';
import { hasCopies, type ServiceContext } from '../context.ts';
import { fetchOffer } from '../fetch.ts';
import type { StepContext } from '../procedure.ts';
import type { Replicas } from '../replicas.ts';
import { announceNew, giveToUser, makeCopy, runDirectory } from './launch.ts';
import { runPreCommand } from './pre-command.ts';

export interface ServiceStep extends StepContext {
  context: ServiceContext;
  replicas: Replicas;
}

/** What each step of a service's deployment does. */
export async function perform(step: ServiceStep): Promise<void> {
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
    default:
      throw new SlipwayError('failed', { message: `"${step.step.name}" is no step of a service` });
  }
}

async function fetchArchive({ context, offer, signal, say }: ServiceStep): Promise<void> {
  const archive = await fetchFrom(context, offer, signal);
  const { bytes, inodes } = await estimate(archive.path);
  const trees = 1 + (hasCopies(context.configuration) ? context.configuration.replicas : 0);
  await checkSpace({ directory: context.layout.root, needBytes: bytes * trees, needInodes: inodes * trees });
  say(`${path.basename(archive.path)}, ${formatSize(archive.sizeBytes)}`);
}

async function unpackArchive({ context, release, offer, signal, say }: ServiceStep): Promise<void> {
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

async function fetchFrom(
  context: ServiceContext,
  offer: Offer,
  signal: AbortSignal,
): Promise<FetchedArchive> {
  const fetched = await fetchOffer(context, { offer, signal });
  if (fetched.kind === 'archive') return fetched;
  throw new SlipwayError('archive_refused', { message: `${offer.version} is no archive` });
}

async function copy({ context, release, step }: ServiceStep): Promise<void> {
  const directory = runDirectory(context, release, step.unit ?? '');
  if (fs.existsSync(directory)) return;
  await sweep(path.dirname(directory));
  await makeCopy(context, release, directory);
}

/** After a power loss an unsynced tree may be there with empty files: it is on the disk before anything points to it. */
async function sync({ context, release }: ServiceStep): Promise<void> {
  await syncTree(context.layout.releaseDirectory(release.number, release.version));
  if (!hasCopies(context.configuration)) return;
  for (const { unit } of context.journal.tables.instances(context.key))
    if (fs.existsSync(runDirectory(context, release, unit)))
      return await syncTree(runDirectory(context, release, unit));
}

/** The journal says already which release the instance is to run: it is told, and waited for. */
async function rollOut({ context, replicas, release, step, signal, say }: ServiceStep): Promise<void> {
  const unit = step.unit ?? '';
  if (!replicas.has(unit)) return say('no longer configured');
  if (replicas.isStopped(unit)) return say('stopped by a person: it will start with this release');
  announceNew(context, release, unit);
  replicas.wantRelease(unit, release.number, `release ${release.number} (${release.version}) is rolled out`);
  await within(context, signal, () =>
    replicas.until(() => replicas.isReadyWith(unit, release.number), signal),
  );
}

/** Ready on every instance, and so for `prove_after`. */
async function prove({ context, replicas, deployment, release, signal, say }: ServiceStep): Promise<void> {
  const { proveAfterMs } = context.configuration;
  // Those that the roll-out was of: what is configured to be more meanwhile follows when this has ended.
  const planned = context.journal.tables.steps(deployment.id).filter((step) => step.name === 'roll-out');
  const expected = () =>
    planned.map((step) => step.unit ?? '').filter((unit) => replicas.has(unit) && !replicas.isStopped(unit));
  const allReady = () => expected().every((unit) => replicas.isReadyWith(unit, release.number));
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
async function rollBack({ replicas, step, goBackTo: to, signal, say }: ServiceStep): Promise<void> {
  const unit = step.unit ?? '';
  replicas.wantRelease(unit, to, to === null ? 'nothing ran before' : `back to release ${to}`);
  if (!replicas.has(unit)) return say('no longer configured');
  if (to === null) return await replicas.until(() => replicas.get(unit)?.stateName === 'stopped', signal);
  if (replicas.isStopped(unit)) return;
  const settled = () => {
    const state = replicas.get(unit)?.stateName;
    const run = replicas.get(unit)?.run;
    if (run && run.release !== to) return false;
    return replicas.isReadyWith(unit, to) || state === 'backoff' || state === 'failed';
  };
  await replicas.until(settled, signal);
  if (!replicas.isReadyWith(unit, to))
    say(`not ready yet: ${replicas.get(unit)?.state.reason ?? ''}; it is kept trying`);
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
