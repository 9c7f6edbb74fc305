import fs from 'node:fs';
import { closing } from '../../kernel/index.ts';
import type { Mirror } from './mirror.ts';

/* Where `lfs` is off, large files are deployed as the pointers that the tree holds. */

const POINTER = Buffer.from('version https://git-lfs.github.com/spec/v1\n');

/**
 * Tells of pointers of Git LFS that were written in place of large files. `environment` names the index that was checked out,
 * and where.
 */
export async function tellPointers(
  mirror: Mirror,
  options: {
    environment: { GIT_DIR: string; GIT_WORK_TREE: string; GIT_INDEX_FILE: string };
    subdirectory: string | null;
    signal: AbortSignal;
    say: (line: string) => void;
  },
): Promise<void> {
  const { environment, subdirectory, signal, say } = options;
  // Attributes are looked for from where git runs, and a literal pathspec knows none.
  const attributed = { ...environment, GIT_LITERAL_PATHSPECS: '0' };
  const args = ['-C', environment.GIT_WORK_TREE, 'ls-files', '-z', '--', ':(attr:filter=lfs)'];
  const listed = await mirror.git.local(args, { signal, environment: attributed });
  const below = subdirectory === null ? '' : Buffer.from(`${subdirectory}/`).toString('latin1');
  const names = listed
    .toString('latin1')
    .split('\0')
    .filter((name) => name !== '' && name.startsWith(below));
  const pointers = names.filter((name) =>
    isPointer(Buffer.concat([Buffer.from(`${environment.GIT_WORK_TREE}/`), Buffer.from(name, 'latin1')])),
  );
  const [first] = pointers;
  if (first === undefined) return;
  const shown = JSON.stringify(Buffer.from(first, 'latin1').toString());
  const many = pointers.length === 1 ? '1 file is a pointer' : `${pointers.length} files are pointers`;
  say(
    `${many} of Git LFS and not the large file itself, ${shown} first; to fetch them, write lfs: true in its source`,
  );
}

function isPointer(file: Buffer): boolean {
  try {
    const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = fs.constants;
    const fd = fs.openSync(file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    using _ = closing(fd);
    const head = Buffer.alloc(POINTER.length);
    return fs.readSync(fd, head) === head.length && head.equals(POINTER);
  } catch {
    return false;
  }
}
