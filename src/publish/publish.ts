import { SlipwayError } from '../kernel/index.ts';
import { announce } from './announce.ts';
import { keepNewest } from './keep.ts';
import type { Published, PublishOptions } from './options.ts';
import { archiveKey, lookForArchive, placeArchive } from './place-archive.ts';
import { isSame, type Publication } from './publication.ts';
import { type Current, readCurrent } from './read-current.ts';
import { refused } from './refusal.ts';
import { isSigned, signatureFor } from './signatures.ts';

/**
 * Puts a release into a bucket: the archive, its signature, then `current.json`, on the condition that nobody else has written
 * it since it was read, then its signature. So whoever reads `current.json` finds an archive that is whole, wherever this ends;
 * begun again it goes on from there.
 *
 * Rejects with `publish_refused`, `publish_conflict`, what the store throws (`bucket_*`), `permission`; `interrupted` and the
 * like, with the state that it left, as the signal says.
 */
export async function publish(options: PublishOptions): Promise<Published> {
  const { store, app, version, environment, candidate, preCommands, dryRun, signal } = options;
  const publication: Publication = { app, environment, version, sha256: candidate.sha256, preCommands };
  const key = archiveKey(options);
  const result = (outcome: Published['outcome'], removed: string[] = []): Published => ({
    ...{ outcome, version, hash: `sha256:${candidate.sha256}`, removed },
    ...{ archive: store.addressOf(key), sizeBytes: candidate.sizeBytes },
  });
  const stage = { left: 'nothing was written' };
  let current: Current;
  try {
    current = await readCurrent(options, signal);
    const place = await lookForArchive(options);
    if (place.state === 'other' && !options.force) throw taken(options, place.found);
    refuseUnsigned(options, current);
    const isThere = place.state === 'same' && isSame(current.former, publication);
    if (isThere && (await isSigned(options, current)))
      return result('unchanged', await removeOld(options, dryRun));
    if (dryRun) return result('planned', await removeOld(options, dryRun));

    if (place.state !== 'same') {
      stage.left =
        'the archive or a part of it is there, and is not offered; begun again, it goes on from there';
      await placeArchive(options, place);
    }
    stage.left = 'the archive is there, and is not offered yet; begun again, it goes on from there';
    await signatureFor(options, key);
    signal.throwIfAborted();
  } catch (error) {
    throw signal.aborted ? stopped(signal.reason, { ...options, ...stage }) : asLeft(error, stage.left);
  }
  // From here on it takes a moment, and half of it would be of no use: no interruption ends it.
  const outcome = await announce(options, { publication, current });
  await putBack(options, key);
  return result(outcome, await removeOld(options, false));
}

/** Another publisher who keeps few archives may have taken away this one, which nothing named yet. */
async function putBack(asked: PublishOptions, key: string): Promise<void> {
  const options = { ...asked, signal: new AbortController().signal };
  const { store, progress, signal } = options;
  const found = await store.stat(key, signal).catch(() => 'unknown');
  if (found !== null) return;
  progress.say('another publisher took the archive away meanwhile: it is put there again');
  try {
    await placeArchive(options, await lookForArchive(options));
    await signatureFor(options, key);
  } catch (error) {
    throw asLeft(error, 'it is offered, and its archive is not there: run it again');
  }
}

async function removeOld(options: PublishOptions, dryRun: boolean): Promise<string[]> {
  const { keep } = options;
  if (keep === null) return [];
  try {
    return await keepNewest({ ...options, keep, dryRun });
  } catch (error) {
    options.progress.say(
      `older archives were not removed: ${error instanceof Error ? error.message : String(error)}`,
    );
    return [];
  }
}

/** An unsigned publication would be refused by every agent that has keys in force. */
function refuseUnsigned(options: PublishOptions, { isSigned }: Current): void {
  const { signingKey, force, store, app, environment } = options;
  if (signingKey !== null || force || !isSigned) return;
  throw refused(`what ${app} has in ${environment} of ${store.address} is signed, and this would not be`, {
    hint: 'agents that ask for a signature would refuse it; --force publishes it without, and nothing was published',
    next: 'slipway publish --help',
  });
}

function taken({ app, version, candidate, store }: PublishOptions, found: string): SlipwayError {
  return refused(`${app} ${version} is there already, with other bytes: ${store.addressOf(found)}`, {
    hint: `this one is sha256:${candidate.sha256.slice(0, 12)}...: give it a version of its own, or --force; nothing was published`,
    next: 'slipway publish --help',
  });
}

/** What a store says is meant for agents, which ask again by themselves; here a person does. */
function asLeft(error: unknown, left: string): unknown {
  if (!(error instanceof SlipwayError) || !/^(bucket_|clock_|disk_full$)/.test(error.code)) return error;
  const { code, message, next } = error;
  const how = error.hint?.replace(/(^|; )(it is tried again; )?nothing was (changed|sent)$/, '');
  return new SlipwayError(code, {
    ...{ message, hint: how ? `${how}; ${left}` : left, cause: error },
    ...(next === null ? {} : { next }),
  });
}

function stopped(reason: unknown, { app, version, left }: PublishOptions & { left: string }): SlipwayError {
  const code = reason instanceof SlipwayError ? reason.code : 'interrupted';
  return new SlipwayError(code, {
    message: `${app} ${version} is not published: it was interrupted`,
    hint: `${left}; agents see what they saw before. Run it again`,
  });
}
