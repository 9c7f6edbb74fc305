import fs from 'node:fs';
import path from 'node:path';
import type { CommitTree } from './commit-tree.ts';
import type { Mirror } from './mirror.ts';

const REFSPECS = ['+refs/heads/*:refs/remotes/origin/*', '+refs/tags/*:refs/tags/*'];

/**
 * Gives a new folder a `.git` of its own: every object copied, HEAD at the commit, on the branch that it belongs to where
 * there is one. It shares nothing with the mirror, so that a hook may do with it what it likes.
 */
export async function makeIndependent(
  tree: CommitTree,
  work: string,
  options: { branch: string | null; lfs: boolean; signal: AbortSignal },
): Promise<void> {
  const { mirror, commit } = tree;
  const { signal, lfs } = options;
  const environment = { GIT_DIR: path.join(work, '.git') };
  const git = (...args: string[]) => mirror.git.local(args, { signal, environment });
  const format = commit.length === 64 ? 'sha256' : 'sha1';
  await mirror.git.local(['init', '--quiet', '--template=', `--object-format=${format}`, '--', work], {
    signal,
  });
  await mirror.alone(signal, async () => {
    const [from, to] = [mirror.directory, path.join(work, '.git')].map((root) => path.join(root, 'objects'));
    // What a hook does to hard links would be done to the mirror. Shared blocks are safe.
    const mode = fs.constants.COPYFILE_FICLONE;
    await fs.promises.cp(from as string, to as string, { recursive: true, mode });
    await git('fetch', '--quiet', '--no-tags', '--no-write-fetch-head', '--', mirror.directory, ...REFSPECS);
  });
  await git('remote', 'add', 'origin', mirror.address.url);
  // The release has the modes of the site, not those of the repository.
  await git('config', 'core.fileMode', 'false');
  if (lfs) await writeLfsSettings(git);
  fs.mkdirSync(path.join(work, '.git/info'), { recursive: true });
  fs.writeFileSync(path.join(work, '.git/info/exclude'), '/REVISION\n');
  const containing = await branchesWith(git, commit);
  const preferred = [options.branch, 'main', 'master'].find(
    (name) => name !== null && containing.includes(name),
  );
  const branch = preferred ?? containing[0];
  if (!branch) {
    await git('update-ref', '--no-deref', 'HEAD', commit);
    return;
  }
  await git('update-ref', `refs/heads/${branch}`, commit);
  await git('symbolic-ref', 'HEAD', `refs/heads/${branch}`);
  await git('config', `branch.${branch}.remote`, 'origin');
  await git('config', `branch.${branch}.merge`, `refs/heads/${branch}`);
}

/** What of the mirror is copied: nearly all that `.git` will take. */
export function historySize({ directory }: Mirror): { sizeBytes: number; files: number } {
  const size = { sizeBytes: 0, files: 0 };
  for (const entry of fs.readdirSync(path.join(directory, 'objects'), {
    recursive: true,
    withFileTypes: true,
  })) {
    const stat = fs.lstatSync(path.join(entry.parentPath, entry.name), { throwIfNoEntry: false });
    size.files++;
    if (stat?.isFile()) size.sizeBytes += stat.size;
  }
  return size;
}

type Call = (...args: string[]) => Promise<Buffer>;

async function branchesWith(git: Call, commit: string): Promise<string[]> {
  const below = 'refs/remotes/origin/';
  const listed = await git('for-each-ref', '--format=%(refname)', `--contains=${commit}`, below);
  return listed
    .toString()
    .split('\n')
    .filter(Boolean)
    .map((name) => name.slice(below.length));
}

async function writeLfsSettings(git: Call): Promise<void> {
  await git('config', 'filter.lfs.process', 'git-lfs filter-process');
  await git('config', 'filter.lfs.smudge', 'git-lfs smudge -- %f');
  await git('config', 'filter.lfs.clean', 'git-lfs clean -- %f');
  await git('config', 'filter.lfs.required', 'true');
}
