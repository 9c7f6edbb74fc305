import { type AppRow, type DeploymentRow, type GhostRow, HASH_UNKNOWN } from '../journal/index.ts';

/** An offer's identity; `archive` changes when its file is replaced under the same version and hash. */
export interface OfferIdentity {
  version: string;
  hash: string | null;
  archive: string | null;
}

export type AutomaticDecision =
  | { deploy: true }
  /** `again`: it never came to an attempt, for the network failed: it is worth another one after a while. */
  | { deploy: false; reason: string | null; again?: true };

/**
 * Whether automatic deployment acts on what the source offers now. It acts when the offer changes: an offer that it has
 * dealt with, and that failed, is left alone until it changes or a person deploys it.
 */
export function decideAutomatic(options: {
  auto: boolean;
  offer: OfferIdentity | null;
  app: AppRow;
  ghosts: readonly GhostRow[];
  /** The last deployment of that offer, if there was one. */
  last: Pick<DeploymentRow, 'state' | 'errorCode'> | null;
  /** The newer tag that was deployed before it, where it is a tag and goes back behind that one. */
  behind?: string | null;
}): AutomaticDecision {
  const { auto, offer, app, last, behind = null } = options;
  if (!offer) return no(null);
  if (!auto) return no('automatic deployment is off (auto: false)');
  if (app.stopped) return no('the app was stopped by a person');
  if (app.pinned !== null) return no(`pinned to ${app.pinned}`);
  const ghost = findGhost(options.ghosts, offer);
  if (ghost) return no(`${offer.version} is ghosted: ${ghost.reason}`);
  // The newer one was deleted, which asks for no deployment.
  if (behind !== null) return no(`it is older than ${behind}, which was deployed before`);
  if (!isActedOn(app, offer)) return { deploy: true };
  // The same offer again; but where its archive could not be used, a new archive is worth another try.
  const unusable = last?.state === 'failed' && ARCHIVE_ERRORS.has(last.errorCode ?? '');
  if (unusable && offer.archive !== null && offer.archive !== app.actedArchive) return { deploy: true };
  if (last?.state === 'failed' && isUnreached(last.errorCode)) return { ...no(null), again: true };
  return no(null);
}

/** Whether automatic deployment has dealt with the offer. */
export function isActedOn(
  { actedVersion, actedHash }: Pick<AppRow, 'actedVersion' | 'actedHash'>,
  { version, hash }: { version: string; hash: string | null },
): boolean {
  return actedVersion === version && (actedHash === hash || actedHash === HASH_UNKNOWN);
}

/** A deployment of an offer that ended without it; a rollback to the same version or a change of its .env is none. */
export function isGivenUp({ kind, state }: Pick<DeploymentRow, 'kind' | 'state'>): boolean {
  return kind !== 'rollback' && kind !== 'env' && ['failed', 'rolled_back', 'cancelled'].includes(state);
}

const ARCHIVE_ERRORS = new Set([
  'archive_refused',
  'archive_missing',
  'archive_replaced',
  'digest_mismatch',
  'signature_refused',
]);

export function findGhost(
  ghosts: readonly GhostRow[],
  offer: { version: string; hash: string | null },
): GhostRow | null {
  return (
    ghosts.find(
      (ghost) => ghost.version === offer.version && (ghost.hash === null || ghost.hash === offer.hash),
    ) ?? null
  );
}

/** Whether the offer could not be fetched, which says nothing of the offer. */
export function isUnreached(errorCode: string | null): boolean {
  return errorCode === 'bucket_unreachable' || errorCode === 'repository_unreachable';
}

function no(reason: string | null): { deploy: false; reason: string | null } {
  return { deploy: false, reason };
}
