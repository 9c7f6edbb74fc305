import type { Clock } from '../kernel/index.ts';
import type { SecretKey } from '../minisign/index.ts';
import type { WritableStore } from '../source/index.ts';
import type { Candidate } from './candidate.ts';

export interface PublishOptions {
  store: WritableStore;
  app: string;
  environment: string;
  version: string;
  candidate: Candidate;
  preCommands: string[];
  /** How many archives are kept; null: all. */
  keep: number | null;
  /** Whether other bytes may take the place of those that the version has. */
  force: boolean;
  dryRun: boolean;
  signingKey: SecretKey | null;
  clock: Clock;
  signal: AbortSignal;
  progress: Progress;
}

/** Told what is going on. */
export interface Progress {
  /** Bytes of the archive that are there, until `sent`. */
  sending(bytesDone: number): void;
  sent(): void;
  /** A line that a person wants to know. */
  say(line: string): void;
}

export interface Published {
  /** `unchanged`: it was published already; nothing was written. `planned`: it would be. */
  outcome: 'published' | 'unchanged' | 'planned';
  version: string;
  hash: string;
  /** Address of the archive. */
  archive: string;
  sizeBytes: number;
  /** Keys of archives that were removed as older than those kept. */
  removed: string[];
}
