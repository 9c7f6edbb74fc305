import type { AppContext } from '../deployment/index.ts';
import { isVersion, messageOf, SlipwayError, until, withDeadline } from '../kernel/index.ts';
import { shortVersion } from '../release/index.ts';
import { archiveOffer, type Offer } from '../source/index.ts';
import { findGhost } from './automatic-decision.ts';
import { uploadedArchive } from './upload.ts';
import { checkSignature } from './upload-signature.ts';

const SETTLE_MS = 1500;
const FIND_TIMEOUT_MS = 60_000;

/** What a person asks for; with nothing set, what the source offers. */
export interface Choice {
  version: string | null;
  /** Branch, tag or commit of a repository. */
  ref: string | null;
  /** Id of an archive that was sent before. */
  upload: string | null;
  /** The text of the signature of that archive. */
  signature: string | null;
  /** Whether a ghosted version may be deployed, too. */
  force: boolean;
  /** Instances are started anew, also where they could be upgraded in place. */
  full: boolean;
}

export interface Chosen {
  offer: Offer;
  /** It is not what the source offers: automatic deployment is to leave it alone. */
  pins: boolean;
  notes: string[];
}

/** What a person's deploy is of, and whether it may be. */
export async function chooseOffer(context: AppContext, choice: Choice): Promise<Chosen> {
  const { journal, key, id } = context;
  const chosen =
    choice.upload === null ? await fromSource(context, choice) : await fromUpload(context, choice);
  const { offer, pins, notes } = chosen;
  const ghosts = journal.tables.ghosts(key);
  const ghost = pins ? ghosts.find((each) => each.version === offer.version) : findGhost(ghosts, offer);
  if (ghost && !choice.force)
    throw new SlipwayError('version_ghosted', {
      message: `${shortVersion(offer.version)} of ${id} is ghosted: ${ghost.reason}`,
      hint: 'nothing was changed',
      next: `slipway deploy ${id}${pins ? ` --version ${offer.version}` : ''} --force`,
    });
  if (ghost) notes.unshift(`${shortVersion(offer.version)} is no longer ghosted`);
  return chosen;
}

async function fromSource(context: AppContext, choice: Choice): Promise<Chosen> {
  const { source, id } = context;
  const { version, ref } = choice;
  if (version !== null) checkVersion(version);
  const wanted = version ?? ref;
  const present = (await source.look()).offer ?? (await settledOffer(context));
  if (wanted === null) {
    if (present) return { offer: present, pins: false, notes: [] };
    throw new SlipwayError('nothing_to_deploy', {
      message: `there is nothing to deploy for ${id}: ${source.condition.reason ?? 'the source offers nothing'}`,
      next: `slipway status ${id}`,
    });
  }
  if (present && version === present.version) return { offer: present, pins: false, notes: [] };
  const offer = await source.find(wanted, AbortSignal.timeout(FIND_TIMEOUT_MS));
  if (present && offer.version === present.version) return { offer: present, pins: false, notes: [] };
  const notes = [
    pinnedTo(context, offer, `it is not what the source offers (${present?.version ?? 'nothing'})`),
  ];
  if (context.configuration.kind === 'service')
    notes.push('pre-commands are known of the present offer alone: none is run');
  return { offer, pins: true, notes };
}

/** Codes of `chooseOffer` that tell of a repository, or of a ref in it, that it is not there. */
const MISSING = ['nothing_to_deploy', 'ref_unknown', 'repository_unreachable', 'permission', 'timeout'];

/**
 * A repository or a ref that is not there makes a deployment all the same, which fails with its first step and says so.
 * Any other error is thrown.
 */
export function orMissing({ configuration }: AppContext, { version, ref }: Choice, error: unknown): Chosen {
  const { source } = configuration;
  if (source.type !== 'git' || !(error instanceof SlipwayError) || !MISSING.includes(error.code)) throw error;
  const wanted = version ?? ref ?? source.branch;
  // It is part of a directory's name, and a ref need not be fit for that.
  const label = (wanted ?? '').replace(/[^\w.+~-]/g, '-');
  const offer: Offer = {
    ...archiveOffer(isVersion(label) ? label : 'unknown'),
    archive: null,
    ref: wanted,
    missing: { code: error.code, message: messageOf(error) },
  };
  return { offer, pins: false, notes: [] };
}

async function fromUpload(context: AppContext, { upload, signature, version }: Choice): Promise<Chosen> {
  if (version !== null) checkVersion(version);
  const { path, sha256 } = uploadedArchive(context, upload ?? '');
  await checkSignature(context, { archive: path, signature });
  const offer: Offer = {
    ...archiveOffer(version ?? sha256.slice(0, 12)),
    hash: `sha256:${sha256}`,
    sha256,
    upload: path,
  };
  // If there is nothing to follow, there is nothing to hold back.
  const pins = context.configuration.source.type !== 'upload';
  return { offer, pins, notes: pins ? [pinnedTo(context, offer, 'it was sent by hand')] : [] };
}

function pinnedTo({ id }: AppContext, offer: Offer, why: string): string {
  return `${id} is pinned to ${offer.version} unless it does not go live, for ${why}; automatic deployment waits until: slipway unpin ${id}`;
}

/** What was published a moment ago is an offer only when its archive is quiet: worth a short wait to a person. */
async function settledOffer(context: AppContext): Promise<Offer | null> {
  const { source, clock } = context;
  if (source.condition.state !== 'waiting' || context.configuration.source.type !== 'bucket') return null;
  const settled = await withDeadline({ ms: SETTLE_MS, clock }, (signal) =>
    until(source.conditionChanged, (told) => told?.offer, signal),
  );
  return settled === 'late' ? null : settled;
}

export function checkVersion(version: string): void {
  if (isVersion(version)) return;
  throw new SlipwayError('version_invalid', {
    message: `${JSON.stringify(version)} is no version`,
    hint: 'a version begins with a letter or digit, and has only those and . _ + ~ -',
  });
}
