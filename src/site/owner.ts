import type { SiteConfiguration } from '../config/index.ts';
import { SlipwayError } from '../kernel/index.ts';
import type { Owner } from '../release/index.ts';
import { findAccount, findGroup } from '../supervisor/index.ts';
import type { SiteContext } from './context.ts';

/**
 * Owner and group of what is deployed; null where they stay what they are.
 * @throws SlipwayError `permission` where the agent may not give files away and where there is no such user or group
 */
export async function ownerOf({ id, owner }: Pick<SiteConfiguration, 'id' | 'owner'>): Promise<Owner | null> {
  if (owner === null) return null;
  if (process.getuid?.() !== 0)
    throw new SlipwayError('permission', {
      message: `${id} is to belong to ${owner.user}:${owner.group}, and only root may give files away; the agent runs as uid ${process.getuid?.()}`,
      hint: 'run the agent as root, or write "owner: keep" for this app; nothing was fetched',
    });
  try {
    const account = await findAccount(owner.user);
    const gid = await findGroup(owner.group);
    // Null is the agent's own user: root.
    return { uid: account?.uid ?? 0, gid };
  } catch (error) {
    if (!(error instanceof SlipwayError) || error.next === null) throw error;
    throw new SlipwayError(error.code, {
      message: `${id} is to belong to ${owner.user}:${owner.group}, and ${error.message}`,
      hint: 'make it, or set "owner" of this app in the configuration; nothing was fetched',
      next: error.next,
    });
  }
}

/** The owner of what the agent makes for a site: with `owner: keep`, the user whom the site's processes run as. */
export async function ownerOfMade(
  context: Pick<SiteContext, 'configuration' | 'account'>,
): Promise<Owner | null> {
  return (await ownerOf(context.configuration)) ?? (await context.account());
}

/** The same, and the owner of `storage`. */
export async function ownersOfMade(
  context: Pick<SiteContext, 'configuration' | 'account'>,
): Promise<{ owner: Owner | null; storageOwner: Owner | null }> {
  const owner = await ownerOfMade(context);
  return { owner, storageOwner: (await storageOwnerOf(context.configuration)) ?? owner };
}

/**
 * Hooks and workers write in `storage`, and the web server's user does: user and group change places, if there is such a
 * user, and by the group each may change what the other has made.
 */
async function storageOwnerOf(configuration: Pick<SiteConfiguration, 'id' | 'owner'>): Promise<Owner | null> {
  const { owner } = configuration;
  if (owner === null) return null;
  const [user, group] = await Promise.all([
    findAccount(owner.group).catch(() => null),
    findGroup(owner.user).catch(() => null),
  ]);
  return user && group !== null ? { uid: user.uid, gid: group } : await ownerOf(configuration);
}
