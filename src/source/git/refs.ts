import { compilePattern, nearest, SlipwayError } from '../../kernel/index.ts';
import type { Address } from './address.ts';
import { compareVersions } from './version-order.ts';

/** What a repository offers, as `git ls-remote --symref` tells it; commits are full. */
export interface Refs {
  /** By name without `refs/heads/`. */
  branches: Map<string, string>;
  /** By name without `refs/tags/`; the commit, not the tag object. */
  tags: Map<string, string>;
  head: { commit: string; branch: string | null } | null;
}

export interface FoundRef {
  commit: string;
  ref: string;
}

const NAMES_SHOWN = 10;

export function parseRefs(output: Buffer): Refs {
  const refs: Refs = { branches: new Map(), tags: new Map(), head: null };
  let headCommit: string | null = null;
  let headBranch: string | null = null;
  for (const line of output.toString().split('\n')) {
    const [value = '', name = ''] = line.split('\t');
    if (name === 'HEAD' && value.startsWith('ref: refs/heads/'))
      headBranch = value.slice('ref: refs/heads/'.length);
    else if (!isCommit(value)) continue;
    else if (name === 'HEAD') headCommit = value;
    else if (name.startsWith('refs/heads/')) refs.branches.set(name.slice('refs/heads/'.length), value);
    // The commit of an annotated tag follows the tag itself.
    else if (name.startsWith('refs/tags/'))
      refs.tags.set(name.slice('refs/tags/'.length).replace(/\^\{\}$/, ''), value);
  }
  if (headCommit !== null) refs.head = { commit: headCommit, branch: headBranch };
  return refs;
}

/** What automatic deployment follows: the newest tag of the first pattern that matches any, else the branch, else HEAD; or in words why there is none. */
export function followed(
  refs: Refs,
  options: { branch: string | null; tags: readonly string[]; address: Address },
): FoundRef | { missing: string } {
  const { branch, tags, address } = options;
  for (const written of tags) {
    const pattern = compilePattern(written);
    if ('problem' in pattern) return { missing: `the tag pattern ${written} ${pattern.problem}` };
    const matching = [...refs.tags.keys()].filter((tag) => pattern.test(tag));
    const newest = matching.sort(compareVersions).at(-1);
    if (newest !== undefined) return { ref: newest, commit: refs.tags.get(newest) as string };
  }
  if (branch === null) {
    if (refs.head) return { ref: refs.head.branch ?? 'HEAD', commit: refs.head.commit };
    return { missing: `${address.url} has no commits yet, or its HEAD leads nowhere` };
  }
  const commit = refs.branches.get(branch);
  if (commit !== undefined) return { ref: branch, commit };
  if (refs.branches.size === 0) return { missing: `${address.url} has no branches yet` };
  return {
    missing: `${address.url} has no branch ${branch}; ${shown('there is', [...refs.branches.keys()], branch)}`,
  };
}

/** A branch, a tag (git's own preference where both are there), `HEAD` or a full `refs/...`; null where there is none of the name. */
export function named(refs: Refs, wanted: string): FoundRef | null {
  const commit =
    wanted === 'HEAD'
      ? refs.head?.commit
      : wanted.startsWith('refs/heads/')
        ? refs.branches.get(wanted.slice('refs/heads/'.length))
        : wanted.startsWith('refs/tags/')
          ? refs.tags.get(wanted.slice('refs/tags/'.length))
          : (refs.tags.get(wanted) ?? refs.branches.get(wanted));
  return commit === undefined ? null : { commit, ref: wanted.replace(/^refs\/(heads|tags)\//, '') };
}

export function refUnknown(refs: Refs, wanted: string, address: Address): SlipwayError {
  const names = [...refs.branches.keys(), ...refs.tags.keys()];
  return new SlipwayError('ref_unknown', {
    message: `${address.url} has no branch, tag or commit ${JSON.stringify(wanted)}`,
    hint: `${shown('there is', names, wanted)}; nothing was changed`,
    next: `git ls-remote ${address.url}`,
  });
}

/** 40 hexadecimal digits, or 64 of a repository with SHA-256. */
export function isCommit(text: string): boolean {
  return /^([0-9a-f]{40}|[0-9a-f]{64})$/.test(text);
}

/** The nearest name first. */
function shown(there: string, names: readonly string[], wanted: string): string {
  if (names.length === 0) return `${there} none at all`;
  const near = nearest(wanted, names);
  const ordered = near === null ? names : [near, ...names.filter((name) => name !== near)];
  const more = ordered.length > NAMES_SHOWN ? ` and ${ordered.length - NAMES_SHOWN} more` : '';
  return `${there} ${ordered.slice(0, NAMES_SHOWN).join(', ')}${more}`;
}
