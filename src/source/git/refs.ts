import { compilePattern, nearest, SlipwayError } from '../../kernel/index.ts';
import type { Address } from './address.ts';
import { compareVersions } from './version-order.ts';

/** What a repository offers, as `git ls-remote --symref` tells it; commits are full. */
export interface Refs {
  /** The commits of branches, by name without `refs/heads/`. */
  branches: Map<string, string>;
  /** The commits of tags, not the tag objects, by name without `refs/tags/`. */
  tags: Map<string, string>;
  head: { commit: string; branch: string | null } | null;
}

export interface FoundRef {
  commit: string;
  ref: string;
}

const NAMES_SHOWN = 10;

/** Branches and tags; other refs (pull requests) are passed over. */
const MAX_NAMES = 200_000;
const MAX_NAMES_BYTES = 32 * 1024 ** 2;
/** What a ref is called is a path for the repository. */
const MAX_LINE_BYTES = 8192;

/** Reads what `git ls-remote --symref` writes as it comes: of a list without end no more than its names are held. */
export class RefsReader {
  private readonly refs: Refs = { branches: new Map(), tags: new Map(), head: null };
  private readonly address: Address;
  private headCommit: string | null = null;
  private headBranch: string | null = null;
  private begun = '';
  private namesBytes = 0;

  constructor(address: Address) {
    this.address = address;
  }

  /** Throws `offer_invalid` where the list is larger than any that is made by people. */
  push(chunk: Buffer): void {
    const lines = (this.begun + chunk.toString('latin1')).split('\n');
    this.begun = lines.pop() ?? '';
    if (this.begun.length > MAX_LINE_BYTES) throw this.refused('a ref with a name without end');
    for (const line of lines) this.add(Buffer.from(line, 'latin1').toString());
  }

  end(): Refs {
    if (this.headCommit !== null) this.refs.head = { commit: this.headCommit, branch: this.headBranch };
    return this.refs;
  }

  private add(line: string): void {
    const [value = '', name = ''] = line.split('\t', 2);
    if (name === 'HEAD' && value.startsWith('ref: refs/heads/'))
      this.headBranch = value.slice('ref: refs/heads/'.length);
    else if (!isCommit(value)) return;
    else if (name === 'HEAD') this.headCommit = value;
    else if (name.startsWith('refs/heads/'))
      this.keep(this.refs.branches, name.slice('refs/heads/'.length), value);
    // The commit of an annotated tag follows the tag itself.
    else if (name.startsWith('refs/tags/'))
      this.keep(this.refs.tags, name.slice('refs/tags/'.length).replace(/\^\{\}$/, ''), value);
  }

  private keep(names: Map<string, string>, name: string, commit: string): void {
    if (!names.has(name)) this.namesBytes += name.length;
    names.set(name, commit);
    if (this.refs.branches.size + this.refs.tags.size > MAX_NAMES)
      throw this.refused(`more than ${MAX_NAMES} branches and tags`);
    if (this.namesBytes > MAX_NAMES_BYTES) throw this.refused('branches and tags with very long names');
  }

  private refused(what: string): SlipwayError {
    return new SlipwayError('offer_invalid', {
      message: `${this.address.url} has ${what}`,
      hint: 'what is live was left as it was',
    });
  }
}

/**
 * What automatic deployment follows: the newest tag of the first pattern that matches any, else the branch; HEAD where neither is
 * named. Or in words why there is none.
 */
export function followed(
  refs: Refs,
  options: { branch: string | null; tags: readonly string[]; address: Address },
): FoundRef | { missing: string } {
  const { branch, tags, address } = options;
  for (const written of tags) {
    const pattern = compilePattern(written);
    if ('problem' in pattern) return { missing: `the tag pattern ${written} ${pattern.problem}` };
    let newest: string | null = null;
    for (const tag of refs.tags.keys())
      if (pattern.test(tag) && (newest === null || compareVersions(tag, newest) > 0)) newest = tag;
    if (newest !== null) return { ref: newest, commit: refs.tags.get(newest) as string };
  }
  if (branch === null && tags.length > 0)
    return {
      missing: `${address.url} has no tag that \`tags\` matches (${tags.join(', ')}), and no branch is named to follow in its place`,
    };
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

/** Whether a tag goes back behind another one, as it does when that is deleted. `tags`: the patterns, which say whether they are tags at all. */
export function isOlderTag(ref: string, than: string, tags: readonly string[]): boolean {
  const patterns = tags.map(compilePattern);
  const rank = (tag: string) => patterns.findIndex((pattern) => !('problem' in pattern) && pattern.test(tag));
  const [own, other] = [rank(ref), rank(than)];
  if (own === -1 || other === -1) return false;
  return own === other ? compareVersions(ref, than) < 0 : own > other;
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
