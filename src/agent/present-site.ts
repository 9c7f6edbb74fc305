import type * as api from '../api/index.ts';
import type { Foresight } from '../site/index.ts';
import { iso } from './present.ts';

export function presentForesight(foresight: Foresight): api.Plan['site'] {
  const { commits, hooks, links, prunes, space } = foresight;
  return {
    commits: commits.map(({ commit, subject, author, at }) => ({ commit, subject, author, at: iso(at) })),
    hooks,
    links,
    prunes,
    space: space && { needed_bytes: space.neededBytes, free_bytes: space.freeBytes },
  };
}
