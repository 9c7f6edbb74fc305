import type { Event } from '../kernel/index.ts';

/** What a source has now (design, section 1). */
export interface Offer {
  version: string;
  /** As the publisher wrote it. A version published anew with another hash is a new offer. */
  hash: string | null;
  /** 64 lower-case hex digits where `hash` reads `sha256:<hex>`: the archive's digest, for the one who unpacks it to check. */
  sha256: string | null;
  /** Any other `hash`: it is shown as the commit. */
  commit: string | null;
  /** Arguments of the release's own command, in the order in which they are to be run. */
  preCommands: string[];
  archive: ArchiveIdentity;
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
  readonly changed: Event<SourceCondition>;
  /** Looks, and goes on watching until `stop`. */
  start(): void;
  /** Looks now; the condition is at least as new as the call. Never rejects: what goes wrong is a condition. */
  look(): Promise<SourceCondition>;
  /**
   * The archive of any version, offered or not.
   * Errors: `version_invalid`, `archive_missing`, `permission`; the signal's reason when it is aborted.
   */
  fetch(options: FetchOptions): Promise<FetchedArchive>;
  /** Versions that can be fetched, newest first; empty where that cannot be told. */
  versions(): Promise<string[]>;
  /** Ends the watch. Nothing is emitted from here on. */
  stop(): void;
}

export interface FetchOptions {
  version: string;
  /** Where a source that is not on this host may put what it downloads. */
  cacheDirectory: string;
  signal: AbortSignal;
}

export interface FetchedArchive {
  path: string;
  sizeBytes: number;
  /** Whether the caller removes it when done. False: it belongs to the source. */
  temporary: boolean;
}
