import { isVersion, SlipwayError } from '../kernel/index.ts';
import type { Offer } from '../source/index.ts';
import { findGhost } from './automatic.ts';
import type { ServiceContext } from './context.ts';

const SETTLE_MS = 1500;

/** What a person's deploy is of, and whether it may be. */
export async function chooseOffer(
  context: ServiceContext,
  { version, force }: { version: string | null; force: boolean },
): Promise<{ offer: Offer; pins: boolean; notes: string[] }> {
  const { source, journal, key, id } = context;
  if (version !== null) checkVersion(version);
  const present = (await source.look()).offer ?? (await settledOffer(context));
  const notes: string[] = [];
  if (version === null && !present)
    throw new SlipwayError('nothing_to_deploy', {
      message: `there is nothing to deploy for ${id}: ${source.condition.reason ?? 'the source offers nothing'}`,
      next: `slipway status ${id}`,
    });
  const pins = version !== null && version !== present?.version;
  const offer = pins ? await byHand(context, version) : (present as Offer);
  const ghosts = journal.tables.ghosts(key);
  const ghost = pins ? ghosts.find((each) => each.version === version) : findGhost(ghosts, offer);
  if (ghost && !force)
    throw new SlipwayError('version_ghosted', {
      message: `${offer.version} of ${id} is ghosted: ${ghost.reason}`,
      hint: 'nothing was changed',
      next: `slipway deploy ${id} --version ${offer.version} --force`,
    });
  if (ghost) notes.push(`${offer.version} is no longer ghosted`);
  if (pins) {
    notes.push(
      `${id} is pinned to ${offer.version}, for it is not what the source offers (${present?.version ?? 'nothing'}); automatic deployment waits until: slipway unpin ${id}`,
    );
    notes.push('pre-commands are known of the present offer alone: none is run');
  }
  return { offer, pins, notes };
}

/** What was published a moment ago is an offer only when its archive is quiet: worth a short wait to a person. */
async function settledOffer(context: ServiceContext): Promise<Offer | null> {
  const { source, clock } = context;
  if (source.condition.state !== 'waiting') return null;
  return await new Promise((resolve) => {
    const settle = (offer: Offer | null) => {
      cancel();
      off();
      resolve(offer);
    };
    const cancel = clock.after(SETTLE_MS, () => settle(null));
    const off = source.changed.on(({ offer }) => offer && settle(offer));
  });
}

async function byHand(context: ServiceContext, version: string): Promise<Offer> {
  const { source, dataDirectory } = context;
  const known = await source.versions();
  // Fetching says in words what is missing; what is known to be there is fetched by the deployment itself.
  if (!known.includes(version))
    await source.fetch({ version, cacheDirectory: dataDirectory, signal: AbortSignal.timeout(60_000) });
  return {
    version,
    hash: null,
    sha256: null,
    commit: null,
    preCommands: [],
    archive: { sizeBytes: 0, mtimeMs: 0 },
  };
}

export function checkVersion(version: string): void {
  if (isVersion(version)) return;
  throw new SlipwayError('version_invalid', {
    message: `${JSON.stringify(version)} is no version`,
    hint: 'a version begins with a letter or digit, and has only those and . _ + ~ -',
  });
}
