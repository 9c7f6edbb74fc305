import fs from 'node:fs';
import path from 'node:path';
import { isDiskFull, lastingFolder, messageOf, SlipwayError, uniqueName } from '../../kernel/index.ts';
import type { CheckOutOptions } from '../source.ts';
import type { CommitTree } from './commit-tree.ts';
import { lastWords } from './failure.ts';
import { makeIndependent } from './independent.ts';
import { filterSettings } from './large-files.ts';
import { tellPointers } from './pointers.ts';
import { GitFailure } from './process.ts';

/** Four write a tree faster than one even on two cores: they wait for the disk. */
const PARALLEL = ['-c', 'checkout.workers=4', '-c', 'checkout.thresholdForParallelism=100'];
const REVISION = 'REVISION';
const LEFT_AS_IT_WAS = 'what is live was left as it was';

interface CheckOut extends CheckOutOptions {
  subdirectory: string | null;
  lfs: boolean;
  branch: string | null;
}

/** Writes a commit and its submodules into a new folder, as `git pull` would have it. Ended early, it leaves nothing. */
export async function checkOut(root: CommitTree, options: CheckOut): Promise<void> {
  const { into, subdirectory, keepGit } = options;
  if (keepGit && subdirectory !== null)
    throw new SlipwayError('config_invalid', {
      message: `keep_git and subdirectory ${subdirectory} exclude each other: a part of a repository is none`,
      hint: 'nothing was changed',
      next: 'slipway config check',
    });
  fs.mkdirSync(path.dirname(into), { recursive: true });
  // Where a subdirectory is wanted, the whole tree has a root of its own beside it: attributes go by the path from
  // there.
  const work = subdirectory === null ? into : uniqueName(into);
  let began = false;
  try {
    fs.mkdirSync(work);
    began = true;
    await write(root, work, options);
    if (subdirectory !== null) fs.renameSync(path.join(work, subdirectory), into);
    await writeRevision(into, root.commit);
  } catch (error) {
    if (began) await remove(into);
    throw error instanceof GitFailure || isDiskFull(error) ? notWritten(into, root, error) : error;
  } finally {
    if (subdirectory !== null) await remove(work);
  }
}

async function write(tree: CommitTree, work: string, options: CheckOut): Promise<void> {
  if (options.keepGit) await makeIndependent(tree, work, options);
  await writeFiles(tree, work, options);
  for (const { path: below, tree: submodule } of tree.submodules) {
    const folder = Buffer.concat([Buffer.from(`${work}/`), Buffer.from(below, 'latin1')]);
    checkRealFolder(folder, { tree, work, below });
    // git's own variables take any bytes, ours are strings: it goes there through a link of a plain name.
    const link = uniqueName(path.join(tree.mirror.git.access.cacheDirectory, 'work'));
    fs.symlinkSync(folder, link);
    try {
      await write(submodule, link, { ...options, subdirectory: null, keepGit: false });
    } finally {
      await remove(link);
    }
  }
}

async function writeFiles(tree: CommitTree, work: string, options: CheckOut): Promise<void> {
  const { mirror, commit } = tree;
  const { signal, subdirectory, keepGit, lfs, say } = options;
  const repository = keepGit ? path.join(work, '.git') : mirror.directory;
  const index = keepGit
    ? path.join(repository, 'index')
    : uniqueName(path.join(mirror.git.access.cacheDirectory, 'index'));
  const environment = { GIT_DIR: repository, GIT_WORK_TREE: work, GIT_INDEX_FILE: index };
  const settings = [...PARALLEL, ...filterSettings(mirror, lfs)];
  try {
    await mirror.git.local(['read-tree', commit], { signal, environment });
    if (subdirectory === null) {
      const args = ['checkout-index', '--all', '--quiet', ...(keepGit ? ['--index'] : [])];
      await mirror.git.local([...settings, ...args], { signal, environment });
    } else {
      const input = await mirror.git.local(['ls-files', '-z', '--', subdirectory], { signal, environment });
      await mirror.git.local([...settings, 'checkout-index', '-z', '--stdin', '--quiet'], {
        signal,
        environment,
        input,
      });
    }
    if (!lfs) await tellPointers(mirror, { environment, subdirectory, signal, say });
  } finally {
    if (!keepGit) await remove(index);
  }
}

/** git made it for the submodule. Did a link lead away from there, what follows would be written elsewhere. */
function checkRealFolder(folder: Buffer, at: { tree: CommitTree; work: string; below: string }): void {
  const { tree, work, below } = at;
  const expected = Buffer.concat([
    Buffer.from(`${fs.realpathSync.native(work)}/`),
    Buffer.from(below, 'latin1'),
  ]);
  // The other realpathSync takes bytes for UTF-8.
  if (fs.existsSync(folder) && fs.realpathSync.native(folder, 'buffer').equals(expected)) return;
  throw new SlipwayError('offer_invalid', {
    message: `commit ${tree.commit} of ${tree.mirror.address.url} has no folder for its submodule ${folder}`,
    hint: LEFT_AS_IT_WAS,
  });
}

/** Writes the file in place of one that the repository has, whatever that is. */
async function writeRevision(folder: string, commit: string): Promise<void> {
  const file = path.join(folder, REVISION);
  await remove(file);
  await fs.promises.writeFile(file, `${commit}\n`, { flag: 'wx' });
}

async function remove(file: string): Promise<void> {
  await fs.promises.rm(file, { recursive: true, force: true });
}

function notWritten(into: string, tree: CommitTree, error: unknown): SlipwayError {
  const words = error instanceof GitFailure ? error.stderr : messageOf(error);
  const isFull = isDiskFull(error) || /No space left on device|Disk quota exceeded/i.test(words);
  const why = error instanceof GitFailure ? lastWords(error) : words;
  const folder = lastingFolder(into);
  return new SlipwayError(isFull ? 'disk_full' : 'offer_invalid', {
    message: `commit ${tree.commit} of ${tree.mirror.address.url} cannot be written: ${why}`,
    hint: LEFT_AS_IT_WAS,
    ...(isFull ? { next: `df -h ${folder}; df -i ${folder}` } : {}),
    cause: error,
  });
}
