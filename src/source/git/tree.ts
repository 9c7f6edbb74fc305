import { SlipwayError } from '../../kernel/index.ts';
import type { Mirror } from './mirror.ts';
import { GitFailure } from './process.ts';

/** The files of a commit, without those of its submodules. Paths are bytes in Latin-1, as nobody says what they mean. */
export interface Tree {
  files: number;
  /** As the repository has them: of a large file, its pointer. */
  sizeBytes: number;
  /** Where the commits of other repositories belong. */
  gitlinks: { path: string; commit: string }[];
}

const GITLINK = '160000';

/**
 * Reads every entry, and so finds out whether the objects are all there. With a `subdirectory` only what is below it; paths
 * are of the whole repository all the same. Errors: `DamagedMirror`, `offer_invalid`.
 */
export async function readTree(
  mirror: Mirror,
  commit: string,
  options: { subdirectory: string | null; signal: AbortSignal },
): Promise<Tree> {
  const { subdirectory, signal } = options;
  if (subdirectory !== null) await checkSubdirectory(mirror, commit, { subdirectory, signal });
  const args = ['ls-tree', '-r', '-l', '-z', treeish(commit, subdirectory)];
  const listed = await mirror.read(args, signal).catch((error: unknown) => {
    throw error instanceof GitFailure ? new DamagedMirror(error.message) : error;
  });
  const prefix = subdirectory === null ? '' : `${Buffer.from(subdirectory).toString('latin1')}/`;
  const tree: Tree = { files: 0, sizeBytes: 0, gitlinks: [] };
  for (const entry of listed.toString('latin1').split('\0')) {
    if (entry === '') continue;
    const tab = entry.indexOf('\t');
    const [mode, , object = '', size] = entry.slice(0, tab).split(/ +/);
    if (mode === GITLINK) tree.gitlinks.push({ path: prefix + entry.slice(tab + 1), commit: object });
    else if (!/^\d+$/.test(size ?? '')) throw new DamagedMirror(`object ${object} is not there`);
    else {
      tree.files++;
      tree.sizeBytes += Number(size);
    }
  }
  return tree;
}

/** Objects of a commit are missing, as after a power loss. */
export class DamagedMirror extends Error {}

/** `commit`, or a folder of it. */
export function treeish(commit: string, subdirectory: string | null): string {
  return subdirectory === null ? commit : `${commit}:${subdirectory}`;
}

async function checkSubdirectory(
  mirror: Mirror,
  commit: string,
  { subdirectory, signal }: { subdirectory: string; signal: AbortSignal },
): Promise<void> {
  const type = await mirror
    .read(['cat-file', '-t', treeish(commit, subdirectory)], signal)
    .catch((error: unknown) => {
      if (error instanceof GitFailure) return null;
      throw error;
    });
  if (type?.toString().trim() === 'tree') return;
  throw new SlipwayError('offer_invalid', {
    message: `commit ${commit} of ${mirror.address.url} has no folder ${subdirectory}`,
    hint: 'it is the subdirectory of the configuration; what is live was left as it was',
    next: 'slipway config check',
  });
}
