import type { ErrorCode, Event, Owners } from '../kernel/index.ts';

/** What a source has now. */
export interface Offer {
  /** The version; of a repository, the full commit. */
  version: string;
  /** The hash as it was published (of a repository, the full commit). With another one a version is a new offer. */
  hash: string | null;
  /** 64 lower-case hex digits where `hash` reads `sha256:<hex>`: the archive's digest, for the one who unpacks it to check. */
  sha256: string | null;
  /** Any other `hash`: it is shown as the commit. */
  commit: string | null;
  /** The branch or tag of a repository that led to the commit, or what a person asked for. */
  ref: string | null;
  /** Arguments of the release's own command, in the order in which they are to be run. */
  preCommands: string[];
  /** Null of a commit, which never changes. */
  archive: ArchiveIdentity | null;
  /** Path of an archive that a person sent; the source is not asked for it. */
  upload: string | null;
  /** Set where a person asked for what is not there, and why: its deployment fails by that. */
  missing?: { code: ErrorCode; message: string };
}

/** An archive of which nothing but its version is known. */
export function archiveOffer(version: string): Offer {
  return {
    version,
    hash: null,
    sha256: null,
    commit: null,
    ref: null,
    preCommands: [],
    archive: { sizeBytes: 0, mtimeMs: 0 },
    upload: null,
  };
}

/** Tells an archive that was replaced from the one that was tried, though version and hash stayed the same. */
export interface ArchiveIdentity {
  sizeBytes: number;
  /** Milliseconds since the epoch. */
  mtimeMs: number;
}

/**
 * - `ok`: there is an offer.
 * - `waiting`: there is none yet (nothing published, or its archive is not there or still being written). Not an error.
 * - `error`: what is there cannot be used, or cannot be read. It is looked at again when it changes, and at every poll.
 */
export interface SourceCondition {
  state: 'ok' | 'waiting' | 'error';
  /** A sentence with path and value; null where `state` is `ok`. */
  reason: string | null;
  /** When it became so; milliseconds since the epoch. */
  at: number;
  /** What the source has at this moment, not what it had last: null unless `state` is `ok`. What is live is not touched by that. */
  offer: Offer | null;
}

/** Where releases come from. An implementation is held to `test/unit/source/contract.ts`. */
export interface Source {
  readonly condition: SourceCondition;
  /** Emitted when state, reason or offer differ from before, not at every look; the first finding always is. */
  readonly conditionChanged: Event<SourceCondition>;
  /** Looks, and goes on watching until `stop`. */
  start(): void;
  /** Looks now; the condition is at least as new as the call. Never rejects: what goes wrong is a condition. */
  look(): Promise<SourceCondition>;
  /**
   * What a person asks for that is not on offer: a version, or any ref of a repository (branch, tag, commit).
   * Errors: `version_invalid`, `archive_missing`, `ref_unknown`, `permission`, `repository_unreachable`.
   */
  find(wanted: string, signal: AbortSignal): Promise<Offer>;
  /**
   * Any version, offered or not.
   * Errors: as `find`; `signature_refused`; the signal's reason when it is aborted.
   */
  fetch(options: FetchOptions): Promise<Fetched>;
  /** Versions that can be fetched, newest first; empty where that cannot be told. */
  versions(): Promise<string[]>;
  /** Ends the watch. Nothing is emitted from here on. */
  stop(): void;
}

export interface FetchOptions {
  version: string;
  /** Where a source that is not on this host may put what it downloads. */
  cacheDirectory: string;
  /** Rejects where so much may not be put there: before it is downloaded. */
  makeRoom?: (sizeBytes: number) => Promise<void>;
  signal: AbortSignal;
  /** Told what a person who waits may want to know, a line each. */
  say?: (line: string) => void;
}

export type Fetched = FetchedArchive | FetchedCommit;

export interface FetchedArchive {
  kind: 'archive';
  path: string;
  /** Whose it may be beside ours, for the one who opens it to check: `openOwned`. */
  owners: Owners;
  sizeBytes: number;
  /** Of what was checked by its signature, 64 hex digits: whoever unpacks it checks it. Null: nothing was. */
  sha256: string | null;
  /** Whether the caller removes it when done. False: it belongs to the source. */
  temporary: boolean;
}

/** A commit that is on this host, with all that a checkout of it needs: submodules and large files too. */
export interface FetchedCommit {
  kind: 'commit';
  commit: string;
  /** The size of the tree. */
  sizeBytes: number;
  files: number;
  /** First line of its message, and its author's name. */
  subject: string;
  author: string;
  /** Which of these paths the tree has. */
  has(paths: readonly string[]): Promise<string[]>;
  /** Commits that are in this one and not in `since`, newest first; empty where `since` is not known. */
  log(
    since: string,
    limit: number,
  ): Promise<{ commit: string; subject: string; author: string; at: number }[]>;
  /** What a kept `.git` takes beside the tree, about. */
  history(): Promise<{ sizeBytes: number; files: number }>;
  /** Writes the tree into `into`, which does not exist, as a pull would have it. Aborted, it leaves nothing. */
  checkOut(options: CheckOutOptions): Promise<{ files: number; sizeBytes: number }>;
}

export interface CheckOutOptions {
  into: string;
  /** Leaves `.git` there, with the history. */
  keepGit: boolean;
  signal: AbortSignal;
  say: (line: string) => void;
}
