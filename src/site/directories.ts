import { makeSiteDirectories } from '../release/index.ts';
import type { SiteContext } from './context.ts';
import { ownersOfMade } from './owner.ts';

/** Makes those of the site that are missing. Errors: as `makeSiteDirectories`, `ownerOf`. */
export async function makeDirectories(context: SiteContext, say: (line: string) => void): Promise<void> {
  const { configuration, layout } = context;
  const { modes, shared } = configuration;
  await makeSiteDirectories(layout, { ...(await ownersOfMade(context)), modes, shared, say });
}
