import { type Group, groupsOf, isCovered, type Validity } from '../../acme/index.ts';
import type { Configuration } from '../../config/index.ts';

/** What certificates are ordered for: the names of `domains` that none of these covers. [] without `acme`. */
export function acmeGroups({ proxy, apps }: Configuration, certificates: readonly Validity[]): Group[] {
  if (proxy === null || proxy.acme === null) return [];
  const named = apps.map(({ id, domains }) => ({ id, names: domains.map(({ host }) => host) }));
  return groupsOf(named, (name) => certificates.some(({ names }) => isCovered(name, names)));
}
