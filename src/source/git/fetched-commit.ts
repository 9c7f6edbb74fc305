import { safeText } from '../../kernel/index.ts';
import type { CheckOutOptions, FetchedCommit } from '../source.ts';
import { checkOut } from './checkout.ts';
import type { CommitTree } from './commit-tree.ts';
import { historySize } from './independent.ts';
import { isCommit } from './refs.ts';
import { treeish } from './tree.ts';

const MAX_TEXT_LENGTH = 500;

interface Options {
  subdirectory: string | null;
  lfs: boolean;
  branch: string | null;
  signal: AbortSignal;
}

export async function fetchedCommit(tree: CommitTree, options: Options): Promise<FetchedCommit> {
  const { mirror, commit, files, sizeBytes } = tree;
  const { subdirectory, lfs, branch } = options;
  const never = new AbortController().signal;
  const [entry] = await history(tree, ['-n', '1', commit], options.signal);
  return {
    kind: 'commit',
    commit,
    sizeBytes,
    files,
    subject: entry?.subject ?? '',
    author: entry?.author ?? '',
    async has(paths) {
      const wanted = new Map(paths.map((path) => [path.replace(/\/+$/, ''), path]));
      if (wanted.size === 0) return [];
      const args = [
        'ls-tree',
        '-z',
        '-t',
        '--name-only',
        treeish(commit, subdirectory),
        '--',
        ...wanted.keys(),
      ];
      const listed = await mirror.read(args, never);
      return listed
        .toString()
        .split('\0')
        .flatMap((path) => wanted.get(path) ?? []);
    },
    async log(since, limit) {
      if (!isCommit(since) || !(await mirror.has(since, never))) return [];
      return history(tree, ['-n', String(limit), `${since}..${commit}`], never);
    },
    history: () => mirror.alone(never, async () => historySize(mirror)),
    async checkOut(how: CheckOutOptions) {
      await checkOut(tree, { ...how, subdirectory, lfs, branch });
      return { files, sizeBytes };
    },
  };
}

async function history(
  { mirror }: CommitTree,
  args: readonly string[],
  signal: AbortSignal,
): Promise<{ commit: string; subject: string; author: string; at: number }[]> {
  const format = '--format=%H%x00%ct%x00%an%x00%s';
  const listed = await mirror.read(['log', '--encoding=UTF-8', format, ...args, '--'], signal);
  return listed
    .toString()
    .split('\n')
    .filter(Boolean)
    .map((line) => {
      const [commit = '', at, author = '', subject = ''] = line.split('\0');
      return { commit, at: Number(at) * 1000, author: shown(author), subject: shown(subject) };
    });
}

/** They are shown on terminals, and kept. */
function shown(text: string): string {
  return safeText(text, { maxLength: MAX_TEXT_LENGTH });
}
