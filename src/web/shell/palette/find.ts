import UFuzzy from '@leeoniya/ufuzzy';
import type { Finder } from '../../models/index.ts';

/** Roughly: letters may be missing in between, and words in another order. */
export function createFinder(): Finder {
  const fuzzy = new UFuzzy({ intraMode: 1, intraIns: 2 });
  return (texts, typed) => {
    const [indices, info, order] = fuzzy.search([...texts], typed, 4);
    if (indices === null) return [];
    return info && order ? order.map((at) => info.idx[at] ?? 0) : indices;
  };
}
