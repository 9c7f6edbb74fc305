import { SlipwayError } from '../../kernel/index.ts';
import { fetchLargeFiles } from './large-files.ts';
import { Mirror } from './mirror.ts';
import { submodulesOf } from './submodules.ts';
import { DamagedMirror, readTree, type Tree } from './tree.ts';
import { TreeBudget } from './tree-budget.ts';

/** A commit that is whole on this host, and those of its submodules. */
export interface CommitTree {
  mirror: Mirror;
  commit: string;
  files: number;
  sizeBytes: number;
  /** Paths below the root, bytes in Latin-1. */
  submodules: { path: string; tree: CommitTree }[];
}

interface Wanted {
  commit: string;
  subdirectory: string | null;
  submodules: boolean;
  lfs: boolean;
  signal: AbortSignal;
  say: (line: string) => void;
  /** What the commit may have with all its submodules. It is made for the first of them. */
  budget?: TreeBudget;
}

const MAX_DEPTH = 10;

/** Makes a commit present with all that a checkout of it needs. Errors: as `Mirror.ensure`, `offer_invalid`, `config_invalid`. */
export async function fetchCommitTree(mirror: Mirror, wanted: Wanted, depth = 0): Promise<CommitTree> {
  const { commit, signal, say } = wanted;
  if (depth > MAX_DEPTH)
    throw new SlipwayError('offer_invalid', {
      message: `the submodules of ${mirror.address.url} are nested more than ${MAX_DEPTH} deep`,
      hint: 'what is live was left as it was',
    });
  const budget = wanted.budget ?? new TreeBudget(mirror.address, commit);
  budget.takeRepository();
  await mirror.ensure(commit, wanted);
  const tree = await wholeTree(mirror, { ...wanted, budget });
  const largeBytes = wanted.lfs ? await fetchLargeFiles(mirror, commit, signal) : 0;
  const result: CommitTree = {
    mirror,
    commit,
    files: tree.files,
    sizeBytes: tree.sizeBytes + largeBytes,
    submodules: [],
  };
  if (!wanted.submodules) return result;
  for (const submodule of await submodulesOf(mirror, commit, { tree, signal })) {
    if (submodule.address === null) {
      say(`the submodule ${name(submodule.path)} is left empty: .gitmodules has no address for it`);
      continue;
    }
    const own = { ...wanted, commit: submodule.commit, subdirectory: null, budget };
    const below = await fetchCommitTree(new Mirror(mirror.git, submodule.address), own, depth + 1);
    result.submodules.push({ path: submodule.path, tree: below });
    result.files += below.files;
    result.sizeBytes += below.sizeBytes;
  }
  return result;
}

/** A damaged mirror is fetched anew, once. */
async function wholeTree(mirror: Mirror, wanted: Wanted & { budget: TreeBudget }): Promise<Tree> {
  const { commit, budget } = wanted;
  const read = () => budget.attempt(() => readTree(mirror, commit, wanted));
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof DamagedMirror)) throw error;
    await mirror.replace(commit, wanted);
  }
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof DamagedMirror)) throw error;
    throw new SlipwayError('offer_invalid', {
      message: `commit ${commit} of ${mirror.address.url} is damaged: ${error.message}`,
      hint: 'what is live was left as it was',
      next: `git fsck in ${mirror.address.url}`,
    });
  }
}

function name(path: string): string {
  return JSON.stringify(Buffer.from(path, 'latin1').toString());
}
