import type * as api from '../api/index.ts';
import { iso } from './present.ts';
import type { Secrets } from './secrets/index.ts';

export function presentSecrets({ failing }: Secrets): NonNullable<api.Status['agent']['secrets']> {
  return failing.map(({ secret, reason, apps, knownSince, next }) => ({
    ...{ secret, reason, apps, next },
    known_since: knownSince === null ? null : iso(knownSince),
  }));
}
