import type { Principal } from '../access/index.ts';
import { knows } from './policy.ts';
import type { Happening, Status } from './shapes.ts';

/* What of a list is shown to somebody who is let to some apps alone. */

/** What is amiss with the host may name other apps. */
export function visibleStatus(status: Status, who: Principal): Status {
  if (who.apps === null) return status;
  return {
    agent: {
      ...status.agent,
      warnings: [],
      journal: undefined,
      secrets: undefined,
      forwards: undefined,
      proxy: undefined,
    },
    apps: status.apps.filter(({ app }) => knows(who, app)),
  };
}

/** Everybody is told that he has missed something. */
export async function* visibleEvents<Of extends Happening>(
  happenings: AsyncIterable<Of>,
  who: Principal,
): AsyncGenerator<Of> {
  for await (const happening of happenings)
    if (happening.type === 'resync' || knows(who, happening.app)) yield happening;
}
