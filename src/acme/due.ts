import type { Group } from './group.ts';
import type { GroupRecord } from './record.ts';
import { isCovered, renewalOf, type Validity } from './validity.ts';

/** How often an order that the agent's end has cut off is gone on with at once. */
const MOST_RESUMED = 3;

export interface Standing {
  group: Group;
  /** Whom the certificate is to be of. */
  directory: string;
  certificate: Validity | null;
  record: GroupRecord;
}

/** When a certificate is to be asked for next, by the wall clock. In the past: at once. */
export function dueAt(standing: Standing, nowMs: number): number {
  const neededMs = neededAt(standing);
  const { record } = standing;
  if (record.failure === null || !holdsUp(standing, nowMs)) return neededMs;
  if (record.failure.kind === 'interrupted' && record.order !== null && record.order.resumed < MOST_RESUMED)
    return neededMs;
  return Math.max(neededMs, record.failure.nextMs);
}

/** When the certificate that is there does not do any more; 0 where it does not now. */
export function neededAt({ group, directory, certificate, record }: Standing): number {
  const isWhole = certificate !== null && group.names.every((name) => isCovered(name, certificate.names));
  return isWhole && record.certificateOf === directory ? renewalOf(certificate) : 0;
}

/** A failure holds up what it was about. One of the future is not believed: somebody has set the clock. */
function holdsUp({ group, directory, record: { failure } }: Standing, nowMs: number): boolean {
  if (failure === null || failure.atMs > nowMs || failure.directory !== directory) return false;
  return failure.kind === 'limited' || failure.names.join() === group.names.join();
}

/**
 * Which names are asked for once more without those that the authority could not satisfy itself of: so one wrong name keeps no other
 * from its certificate. [] where the certificate that is there does for the others.
 */
export function othersOf(standing: Standing, failed: ReadonlyMap<string, string>, nowMs: number): string[] {
  const names = standing.group.names.filter((name) => !failed.has(name));
  if (names.length === 0 || names.length === standing.group.names.length) return [];
  const isNeeded = neededAt({ ...standing, group: { ...standing.group, names } }) <= nowMs;
  return isNeeded ? names : [];
}
