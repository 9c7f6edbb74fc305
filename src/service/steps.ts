import fs from 'node:fs';
import path from 'node:path';
import { type Instances, outlookOf, whyNotUp } from '../app/index.ts';
import { digestOf, fetchOffer, type Skipped } from '../deployment/index.ts';
import {
  type ErrorCode,
  formatDuration,
  formatSize,
  SlipwayError,
  sleep,
  withDeadline,
} from '../kernel/index.ts';
import { OLDEST_OTP, otpOf, readRel } from '../otp/index.ts';
import { checkSpace, estimate, sweep, syncTrees, unpack } from '../release/index.ts';
import type { FetchedArchive } from '../source/index.ts';
import { ASK_EVERY_MS, firstUnanswered } from './asking.ts';
import type { BeamLinks } from './beam-links.ts';
import { tryCanary } from './canary.ts';
import { hasCopies, type InstanceStep, type ServiceStep } from './context.ts';
import { homeOf, runDirectory } from './copies.ts';
import { makeHome } from './home.ts';
import { decideHot, isHot } from './hot-decision.ts';
import type { InPlace } from './in-place.ts';
import { announceNew, ensureCopy, giveToUser, showCurrent } from './launch.ts';
import { runPreCommand } from './pre-command.ts';
import { requireStart, wrappingOf } from './script.ts';

export interface Step extends ServiceStep {
  instances: Instances;
  links: BeamLinks;
  inPlace: InPlace;
}

/** What each step of a service's deployment does. */
export async function perform(step: Step): Promise<Skipped | void> {
  const { planned } = step;
  switch (planned.name) {
    case 'fetch':
      return await fetchArchive(step);
    case 'unpack':
      await unpackArchive(step);
      return await decideHot(step);
    case 'pre-command':
      return await runPreCommand(step, planned.argument);
    case 'copy':
      return await copy({ ...step, unit: planned.unit });
    case 'sync':
      await sync(step);
      // Nothing is unpacked on the way to a release that is there.
      if (step.deployment.kind === 'rollback') await decideHot(step);
      return;
    case 'canary':
      return await tryCanary(step);
    case 'roll-out':
      return await rollOut({ ...step, unit: planned.unit });
    case 'prove':
      return await prove(step);
    case 'roll-back':
      return await rollBack({ ...step, unit: planned.unit });
    default:
      throw new SlipwayError('step_unknown', { message: `"${planned.name}" is no step of a service` });
  }
}

async function fetchArchive(step: Step): Promise<void> {
  const { context, say } = step;
  const archive = await fetchFrom(step);
  const { bytes, inodes } = await orDiscard(step, archive, () => estimate(archive.path, archive.owners));
  const trees = 1 + (hasCopies(context.configuration) ? context.configuration.replicas : 0);
  await checkSpace({ directory: context.layout.root, needBytes: bytes * trees, needInodes: inodes * trees });
  say(`${path.basename(archive.path)}, ${formatSize(archive.sizeBytes)}`);
}

async function unpackArchive(step: Step): Promise<void> {
  const { context, release, offer, signal, say } = step;
  const into = context.layout.releaseDirectory(release.number, release.version);
  if (fs.existsSync(into)) {
    await giveToUser(context, into);
    if (!mayBeMade(step)) requireStart(context.configuration, into);
    return say('unpacked before');
  }
  await makeHome(context);
  await sweep(path.dirname(into));
  const account = await context.account();
  const archive = await fetchFrom(step);
  const { entries, sizeBytes, wrapper } = await orDiscard(step, archive, () =>
    unpack({
      archive: archive.path,
      owners: archive.owners,
      into,
      owner: hasCopies(context.configuration) ? account : null,
      wrapping: wrappingOf(context.configuration, { id: context.id, version: offer.version }),
      signal,
      ...digestOf(offer, archive),
    }),
  );
  if (archive.temporary) fs.rmSync(archive.path, { force: true });
  if (wrapper !== undefined) say(`all of it was in the folder ${wrapper}, which was left out`);
  if (!mayBeMade(step)) requireStart(context.configuration, into);
  context.journal.write(`${context.id}: release ${release.number} unpacked`, (tables) =>
    tables.updateRelease(context.key, release.number, { state: 'ready', sizeBytes }),
  );
  warnOfOldOtp(step, into);
  const checked = `${archive.sha256 === null ? '' : ', signed'}${offer.sha256 === null ? '' : ', SHA-256 as offered'}`;
  say(`${entries} ${entries === 1 ? 'entry' : 'entries'}, ${formatSize(sizeBytes)}${checked}`);
}

/** A program is not an archive's alone to bring: its pre-commands may build it. */
function mayBeMade({ context, offer }: Step): boolean {
  return !hasCopies(context.configuration) && offer.preCommands.length > 0;
}

/** It is started and watched as any other, and was never tried. */
function warnOfOldOtp({ context, say }: Step, directory: string): void {
  if (!hasCopies(context.configuration)) return;
  try {
    const otp = otpOf(readRel(directory).erts);
    if (otp < OLDEST_OTP)
      say(
        `this release is of OTP ${otp}: Slipway is tried with OTP ${OLDEST_OTP} and later, and upgrades none while it runs`,
      );
  } catch {
    // One without a .rel is started by its script all the same.
  }
}

async function fetchFrom({ context, offer, signal, say }: Step): Promise<FetchedArchive> {
  const fetched = await fetchOffer(context, { offer, signal, say });
  if (fetched.kind === 'archive') return fetched;
  throw new SlipwayError('archive_refused', { message: `${offer.version} is no archive` });
}

/** What was downloaded and is broken is not kept for the next attempt: it may have been broken on the way. */
async function orDiscard<T>({ offer }: Step, archive: FetchedArchive, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const isBroken = error instanceof SlipwayError && BROKEN.has(error.code);
    if (isBroken && archive.temporary && offer.upload === null) fs.rmSync(archive.path, { force: true });
    throw error;
  }
}

const BROKEN = new Set<ErrorCode>(['archive_refused', 'digest_mismatch']);

async function copy({ context, instances, release, unit }: Step & InstanceStep): Promise<void> {
  const of = { unit, livingRuns: instances.livingRuns(unit) };
  const directory = runDirectory(context, release, of);
  if (fs.existsSync(directory) && homeOf(directory) === null) return;
  await ensureCopy(context, release, of);
}

/** Puts the trees on the disk before anything points to them: a power loss would leave them with empty files. */
async function sync({ context, instances, release }: Step): Promise<void> {
  const pristine = context.layout.releaseDirectory(release.number, release.version);
  // The last moment before instances are touched: a pre-command was to make it, or `start` has changed since it was unpacked.
  if (fs.existsSync(pristine)) requireStart(context.configuration, pristine);
  const copies = hasCopies(context.configuration)
    ? instances
        .rows()
        .map(({ unit }) => runDirectory(context, release, { unit, livingRuns: instances.livingRuns(unit) }))
    : [];
  await syncTrees([pristine, ...copies.filter((copy) => fs.existsSync(copy))]);
}

/** Brings one instance to the release: in place where that was decided and can be, else by a start. */
async function rollOut(step: Step & InstanceStep): Promise<void> {
  const { context, instances, inPlace, release, unit, say } = step;
  if (!instances.has(unit)) return say('no longer configured');
  const upgrade = isHot(step) && instances.row(unit).release !== release.number;
  if (instances.isStopped(unit)) {
    // The others may be upgraded in place all the same: the deployment stays hot.
    if (upgrade) recordRelease(step);
    return say('stopped by a person: it will start with this release');
  }
  announceNew(context, release, { unit, livingRuns: instances.livingRuns(unit) });
  await within(
    step,
    () => [unit],
    async (bounded) => {
      if (upgrade) await inPlace.rollOut({ ...step, signal: bounded });
      if (!instances.has(unit)) return;
      instances.wantRelease(
        unit,
        release.number,
        `release ${release.number} (${release.version}) is rolled out`,
      );
      // One that was on trial takes over.
      instances.tryOut(unit, null, 'it is rolled out');
      await instances.until(() => !instances.has(unit) || instances.isReadyWith(unit, release.number), {
        unit,
        signal: bounded,
      });
    },
  );
  if (!instances.has(unit)) return say('no longer configured');
  if (isHot(step)) await showCurrent(context, release, { unit, livingRuns: instances.livingRuns(unit) });
}

/** Journals what an instance is to be started with. */
function recordRelease({ context, instances, release, unit }: Step & InstanceStep): void {
  const { journal, key, id } = context;
  const { wantedGeneration: generation } = instances.row(unit);
  journal.write(`${id}/${unit}: will start with release ${release.number}`, (tables) =>
    tables.updateInstance(key, unit, { release: release.number, generation }),
  );
}

const NOTHING_RAN: Skipped = {
  skipped: '0 replicas are configured: nothing was started, so the release is live, and not proven',
};

/** Ready on every instance, and so for `prove_after`. Where there is none to be ready, the release is live, and not proven. */
async function prove(step: Step): Promise<Skipped | void> {
  const { context, instances, deployment, release, say } = step;
  const { proveAfterMs } = context.configuration;
  // Those that the roll-out was of: what is configured to be more meanwhile follows when this has ended.
  const steps = context.journal.tables.steps(deployment.id);
  const planned = steps.flatMap(({ name, unit }) => (name === 'roll-out' && unit !== null ? unit : []));
  const configured = () => planned.filter((unit) => instances.has(unit));
  const expected = () => configured().filter((unit) => !instances.isStopped(unit));
  if (configured().length === 0) return NOTHING_RAN;
  const allReady = () => expected().every((unit) => instances.isReadyWith(unit, release.number));
  return await within(step, expected, async (bounded) => {
    for (;;) {
      await instances.until(allReady, { signal: bounded });
      const unready = new AbortController();
      const look = () => {
        if (!allReady()) unready.abort();
      };
      const off = instances.transitioned.on(look);
      try {
        look();
        const signal = AbortSignal.any([bounded, unready.signal]);
        await sleep(proveAfterMs, { clock: context.clock, signal });
        // The last answer counts: who does not answer now is asked until it does, or is lost.
        while ((await firstUnanswered(instances, release.number)) !== null)
          await sleep(ASK_EVERY_MS, { clock: context.clock, signal });
        signal.throwIfAborted();
        if (configured().length === 0) return NOTHING_RAN;
        return say(
          `ready on ${expected().length} of ${expected().length} for ${formatDuration(proveAfterMs)}`,
        );
      } catch (error) {
        if (bounded.aborted) throw error;
        say('an instance was not ready any more: the time starts again');
      } finally {
        off();
      }
    }
  });
}

/** Goes back without waiting longer than a start may take: an old release that does not come up must not hold the rest. */
async function rollBack(step: Step & InstanceStep): Promise<void> {
  const { context, instances, inPlace, goBackTo: to, unit, signal, say } = step;
  if (to !== null && isHot(step)) await inPlace.rollBack(step, to);
  if (!instances.has(unit)) return say('no longer configured');
  // One that a person stopped has nothing to be changed in place, and goes back by its next start.
  if (instances.row(unit).release !== to)
    context.journal.writeNow(`${context.id}/${unit}: goes back to release ${to}`, (tables) =>
      tables.updateInstance(context.key, unit, { release: to }),
    );
  instances.wantRelease(unit, to, to === null ? 'nothing ran before' : `back to release ${to}`);
  if (to === null) return await instances.until(() => instances.isAtRest(unit), { unit, signal });
  if (instances.isStopped(unit)) return;
  const settled = () => {
    if (!instances.has(unit)) return true;
    // What was to take its place is gone.
    if (instances.isReadyWith(unit, to)) return instances.successor(unit) === null;
    const coming = instances.comingUp(unit);
    if (coming?.run && coming.run.release !== to) return false;
    return ['unready', 'backoff', 'failed'].includes(coming?.stateName ?? '');
  };
  await instances.until(settled, { unit, signal });
  if (!instances.has(unit)) return say('no longer configured');
  const instance = instances.comingUp(unit);
  if (instance && !instances.isReadyWith(unit, to))
    say(`not ready yet: ${instance.reason}; ${outlookOf(instance)}`);
}

/** Bounded by `rollback_after`: no readiness of the instances by then is a failure, and the work is aborted. */
async function within<T>(
  { context, instances, release, signal }: Step,
  units: () => readonly string[],
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const { rollbackAfterMs } = context.configuration;
  const done = await withDeadline({ ms: rollbackAfterMs, clock: context.clock, signal }, work);
  if (done !== 'late') return done;
  const unit = units().find((each) => instances.has(each) && !instances.isReadyWith(each, release.number));
  const instance = unit === undefined ? null : instances.comingUp(unit);
  const why = instance
    ? `; ${context.id}/${instance.unit} is ${instance.stateName}: ${whyNotUp(instance)}`
    : '';
  throw new SlipwayError('not_ready', {
    message: `no readiness within ${formatDuration(rollbackAfterMs)} (rollback_after)${why}`,
  });
}
