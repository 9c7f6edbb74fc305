import { estimate } from '../release/index.ts';
import type { Fetched } from '../source/index.ts';
import type { SiteContext } from './context.ts';

/** What a release of it will take on the disk, about. */
export async function neededRoom(
  { configuration }: Pick<SiteContext, 'configuration'>,
  fetched: Fetched,
): Promise<{ bytes: number; inodes: number }> {
  if (fetched.kind === 'archive') return await estimate(fetched.path, fetched.owners);
  const history = configuration.keepGit ? await fetched.history() : { sizeBytes: 0, files: 0 };
  return { bytes: fetched.sizeBytes + history.sizeBytes, inodes: fetched.files + history.files };
}
