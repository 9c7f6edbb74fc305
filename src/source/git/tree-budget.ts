import { formatSize, SlipwayError } from '../../kernel/index.ts';
import type { Address } from './address.ts';

/** A tree may have as many entries as an archive: folders count, and what is in submodules. */
const MAX_ENTRIES = 500_000;
/** A path may be as long as in an archive: what a release is written below needs room as well. */
const MAX_PATH_BYTES = 2048;
const MAX_DEPTH = 200;
const MAX_REPOSITORIES = 1000;
/** All paths together may have so much: git holds them while it writes a tree. */
const MAX_PATHS_BYTES = 64 * 1024 ** 2;

/**
 * What the trees of one commit may cost. A repository of some kilobytes can have trees that hold each other a thousand times,
 * and as many millions of files as one likes.
 */
export class TreeBudget {
  private readonly address: Address;
  private readonly commit: string;
  private entries = 0;
  private pathsBytes = 0;
  private repositories = 0;

  constructor(address: Address, commit: string) {
    this.address = address;
    this.commit = commit;
  }

  /** What `read` takes does not count where it fails: it is read again from another mirror. */
  async attempt<T>(read: () => Promise<T>): Promise<T> {
    const { entries, pathsBytes } = this;
    try {
      return await read();
    } catch (error) {
      this.entries = entries;
      this.pathsBytes = pathsBytes;
      throw error;
    }
  }

  /** A submodule, or the repository itself. Throws `offer_invalid`. */
  takeRepository(): void {
    this.repositories++;
    if (this.repositories > MAX_REPOSITORIES)
      throw this.refused(`has more than ${MAX_REPOSITORIES} submodules`);
  }

  /** Throws `offer_invalid` where it is one entry too many. */
  take(path: string): void {
    this.entries++;
    this.pathsBytes += path.length;
    if (this.entries > MAX_ENTRIES) throw this.refused(`has more than ${MAX_ENTRIES} files and folders`);
    this.checkLength(path.length);
    if (path.split('/', MAX_DEPTH + 1).length > MAX_DEPTH)
      throw this.refused(`has folders nested more than ${MAX_DEPTH} deep`);
    if (this.pathsBytes > MAX_PATHS_BYTES)
      throw this.refused(`has paths of more than ${formatSize(MAX_PATHS_BYTES)} together`);
  }

  /** Checks a path of which so much has come. */
  checkLength(bytes: number): void {
    if (bytes > MAX_PATH_BYTES) throw this.refused(`has a path longer than ${MAX_PATH_BYTES} bytes`);
  }

  private refused(why: string): SlipwayError {
    return new SlipwayError('offer_invalid', {
      message: `commit ${this.commit} of ${this.address.url} ${why}`,
      hint: 'nothing of it was written; what is live was left as it was',
    });
  }
}
