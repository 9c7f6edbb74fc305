import type { GitConfiguration } from '../config/index.ts';
import { compilePattern } from '../kernel/index.ts';

/**
 * Whether a push to a ref can change what the site follows. `ref` is `refs/heads/<branch>`, `refs/tags/<tag>`, either
 * without the prefix, or null where it is not known: then it may.
 */
export function concernsPush(source: Pick<GitConfiguration, 'branch' | 'tags'>, ref: string | null): boolean {
  if (ref === null) return true;
  const tag = /^refs\/tags\/(.+)$/.exec(ref)?.[1];
  if (tag !== undefined) return isFollowedTag(source, tag);
  const branch = /^refs\/heads\/(.+)$/.exec(ref)?.[1];
  if (branch !== undefined) return isFollowedBranch(source, branch);
  return !ref.startsWith('refs/') && (isFollowedBranch(source, ref) || isFollowedTag(source, ref));
}

/** Whether a branch is followed: if none is configured, that is the repository's own, which may be any. */
function isFollowedBranch({ branch }: Pick<GitConfiguration, 'branch'>, name: string): boolean {
  return branch === null || branch === name;
}

function isFollowedTag({ tags }: Pick<GitConfiguration, 'tags'>, name: string): boolean {
  return tags.some((written) => {
    const pattern = compilePattern(written);
    return 'test' in pattern && pattern.test(name);
  });
}
