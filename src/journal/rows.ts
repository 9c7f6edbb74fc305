import type { ErrorCode } from '../kernel/index.ts';

/** The key of everything that belongs to an app. On disk and for people an app goes by its id. */
export interface AppKey {
  name: string;
  environment: string;
}

export type ReleaseState = 'preparing' | 'ready' | 'live' | 'retired' | 'failed';
export type DeploymentState =
  | 'queued'
  | 'running'
  | 'succeeded'
  | 'failed'
  | 'rolled_back'
  | 'cancelled'
  | 'superseded';
export type DeploymentKind = 'full' | 'hot' | 'rollback' | 'site' | 'env';
export type StepState = 'pending' | 'running' | 'succeeded' | 'failed' | 'skipped' | 'cancelled';

/** In `actedHash`: it is known by the disk alone that the version runs, so whatever hash it is offered with is dealt with. */
export const HASH_UNKNOWN = '?';

/** Times in all rows: milliseconds since the epoch. */
export interface AppRow extends AppKey {
  /** Whether a person stopped it. */
  stopped: boolean;
  pinned: string | null;
  /** Number of the live release. */
  live: number | null;
  liveSince: number | null;
  nextNumber: number;
  /** The offer that automatic deployment has dealt with. */
  actedVersion: string | null;
  actedHash: string | null;
  actedArchive: string | null;
  /** The signed publication that was believed last: when it was published, and the SHA-256 of its current.json. */
  believedAt: number | null;
  believedDigest: string | null;
}

export interface ReleaseRow extends AppKey {
  number: number;
  version: string;
  hash: string | null;
  commitId: string | null;
  state: ReleaseState;
  provenAt: number | null;
  directory: string;
  createdAt: number;
  sizeBytes: number | null;
  /** When its directory was pruned. */
  removedAt: number | null;
}

/** What the source offered, as it is written down. */
export interface RecordedOffer {
  version: string;
  hash: string | null;
  sha256: string | null;
  commit: string | null;
  ref: string | null;
  preCommands: string[];
  archive: { sizeBytes: number; mtimeMs: number } | null;
  upload: string | null;
  missing?: { code: ErrorCode; message: string };
}

export interface DeploymentRow extends AppKey {
  id: number;
  kind: DeploymentKind;
  state: DeploymentState;
  /** Number of its release; null until it has one. */
  release: number | null;
  version: string;
  hash: string | null;
  commitId: string | null;
  offer: RecordedOffer;
  triggerBy: string;
  actor: string;
  /** What was live when it began, proven or not. */
  liveBefore: number | null;
  /** The proven release that it goes back to where it fails. */
  backTo: number | null;
  /** Whether the instances of a service are upgraded in place. Null until that is decided. */
  hot: boolean | null;
  /** JSON of where it goes back to, and what it will end as; null while it goes forward. */
  goingBack: string | null;
  errorCode: string | null;
  reason: string | null;
  queuedAt: number;
  startedAt: number | null;
  endedAt: number | null;
  /** Who has let its canary go on; null: nobody. */
  promotedBy: string | null;
  /** Boot id of the kernel under which it last went on; null until it begins. */
  boot: string | null;
  /** JSON of what the app was pinned to before this pinned it, put back where it does not go live; null: it pins nothing. */
  pinnedBefore: string | null;
  /** Number of the last run of all apps when it began; null until it begins. */
  runsBefore: number | null;
}

export interface StepRow {
  deployment: number;
  position: number;
  name: string;
  /** Which instance or worker it is of: `1`, `queue.1`. */
  unit: string | null;
  argument: string | null;
  state: StepState;
  startedAt: number | null;
  endedAt: number | null;
  reason: string | null;
  /** Its lines. */
  output: readonly string[];
}

export interface InstanceRow extends AppKey {
  /** `1` of a service, `queue.1` of a site's worker. */
  unit: string;
  /** Number of the release that it runs, or should. */
  release: number | null;
  /** What its run was started for; below `wantedGeneration` it is to be restarted. */
  generation: number;
  wantedGeneration: number;
  stopped: boolean;
  /** The one that serves has the spare one of its two slots. */
  spare: boolean;
  crashRestarts: number;
  forcedRestarts: number;
  /** How many of its runs that have ended the kernel killed for memory. */
  oomKills: number;
  lastExit: { status: number | null; signal: string | null; reason: string; at: number } | null;
  /** The fingerprint of the configuration that it was last told of: another one restarts it. */
  fingerprint: string | null;
}

export interface GhostRow extends AppKey {
  version: string;
  /** Null: whatever its hash. */
  hash: string | null;
  reason: string;
  at: number;
}

export interface RunRow extends AppKey {
  id: string;
  unit: string;
  /** What it runs, or ran last: an upgrade in place changes it. */
  release: number;
  kind: 'full' | 'hot';
  pid: number;
  startedAt: number;
  endedAt: number | null;
  status: number | null;
  signal: string | null;
  reason: string | null;
  unexpected: boolean | null;
  /** Its last lines on stderr. */
  stderr: readonly string[] | null;
  /** Absolute offset in its log of stderr at which what it wrote begins, where that is known. */
  stderrFrom?: number | null;
}

export interface SecretRow extends AppKey {
  variable: string;
  /** Encrypted. */
  value: Uint8Array;
  setAt: number;
}

/** What readers of the event stream were told. */
export interface EventRow {
  seq: number;
  at: number;
  /** Id of the app; null for what is of the host. */
  app: string | null;
  type: string;
  message: string;
  /** `shop/1`. */
  instance: string | null;
  deployment: number | null;
}

/** A stretch of events of which none is missing: those after `beginsAfter`. */
export interface EventEpoch {
  epoch: string;
  beginsAfter: number;
}

/** What tells the request of a webhook from a replay of it. */
export interface DeliveryRow extends AppKey {
  key: string;
  at: number;
}
