import path from 'node:path';
import { onAbort } from '../kernel/index.ts';
import { entriesOf, type FolderContent } from './folder-content.ts';
import { refused } from './refusal.ts';

/** Zip archives and some tools know no earlier time. */
const FIXED_TIME_S = 315_532_800;

/**
 * Packs a folder, so that the same files have the same bytes: sorted, with one time for all, without owners. `timeS`: that
 * time, seconds since the epoch. Gives the path of the archive. Rejects with `publish_refused`; the signal's reason.
 */
export async function packFolder(
  folder: string,
  { into, timeS = FIXED_TIME_S, signal }: { into: string; timeS?: number | undefined; signal: AbortSignal },
): Promise<FolderContent & { file: string }> {
  const content = await entriesOf(folder);
  const file = path.join(into, 'packed.tar.gz');
  const { create } = await import('tar');
  const aborted = Promise.withResolvers<never>();
  aborted.promise.catch(() => undefined);
  using _ = { [Symbol.dispose]: onAbort(signal, aborted.reject) };
  const packing = create(
    {
      file,
      cwd: folder,
      gzip: true,
      portable: true,
      noDirRecurse: true,
      strict: true,
      mtime: new Date(timeS * 1000),
      linkCache: new NoLinks(),
    },
    // A name that begins with @ would be read as an archive.
    content.entries.map((entry) => `./${entry}`),
  ).catch((error: unknown) => {
    throw refused(`${folder} could not be packed: ${error instanceof Error ? error.message : String(error)}`);
  });
  await Promise.race([packing, aborted.promise]);
  return { ...content, file };
}

/** Files that share their bytes on this disk are packed as if they did not: on another machine they may not. */
class NoLinks extends Map<`${number}:${number}`, string> {
  override get(): undefined {
    return undefined;
  }
}
