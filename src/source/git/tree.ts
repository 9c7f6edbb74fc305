import { SlipwayError } from '../../kernel/index.ts';
import type { Mirror } from './mirror.ts';
import { GitFailure } from './process.ts';
import type { TreeBudget } from './tree-budget.ts';

/** The files of a commit, without those of its submodules. Paths are bytes in Latin-1, as nobody says what they mean. */
export interface Tree {
  files: number;
  /** The files as the repository has them: a large file counts with its pointer. */
  sizeBytes: number;
  /** Where the commits of other repositories belong. */
  gitlinks: { path: string; commit: string }[];
}

const GITLINK = '160000';

/**
 * Reads every entry, and so finds out whether the objects are all there, and whether they are not too many. With a
 * `subdirectory` only what is below it; paths are of the whole repository all the same. Errors: `DamagedMirror`, `offer_invalid`.
 */
export async function readTree(
  mirror: Mirror,
  commit: string,
  options: { subdirectory: string | null; budget: TreeBudget; signal: AbortSignal },
): Promise<Tree> {
  const { subdirectory, budget, signal } = options;
  if (subdirectory !== null) await checkSubdirectory(mirror, commit, { subdirectory, signal });
  const prefix = subdirectory === null ? '' : `${Buffer.from(subdirectory).toString('latin1')}/`;
  const tree: Tree = { files: 0, sizeBytes: 0, gitlinks: [] };
  const entries = new TreeEntries(tree, { prefix, budget });
  // Folders too: those that hold nothing but folders are as many, and make git as busy.
  const args = ['ls-tree', '-r', '-t', '-l', '-z', treeish(commit, subdirectory)];
  await mirror
    .read(args, signal, (chunk) => entries.push(chunk))
    .catch((error: unknown) => {
      throw error instanceof GitFailure ? new DamagedMirror(error.message) : error;
    });
  return tree;
}

const MODE_AND_OBJECT_BYTES = 128;

/** What `ls-tree -l -z` writes, entry by entry: none of it is held. */
class TreeEntries {
  private readonly tree: Tree;
  private readonly prefix: string;
  private readonly budget: TreeBudget;
  private begun = '';

  constructor(tree: Tree, { prefix, budget }: { prefix: string; budget: TreeBudget }) {
    this.tree = tree;
    this.prefix = prefix;
    this.budget = budget;
  }

  push(chunk: Buffer): void {
    const entries = (this.begun + chunk.toString('latin1')).split('\0');
    this.begun = entries.pop() ?? '';
    for (const entry of entries) this.add(entry);
    this.budget.checkLength(this.begun.length - MODE_AND_OBJECT_BYTES);
  }

  private add(entry: string): void {
    const tab = entry.indexOf('\t');
    const path = this.prefix + entry.slice(tab + 1);
    this.budget.take(path);
    const [mode, type, object = '', size = ''] = entry.slice(0, tab).split(/ +/);
    if (mode === GITLINK) this.tree.gitlinks.push({ path, commit: object });
    else if (type === 'tree') return;
    else if (!/^\d+$/.test(size)) throw new DamagedMirror(`object ${object} is not there`);
    else {
      this.tree.files++;
      this.tree.sizeBytes += Number(size);
    }
  }
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
