import type { AppConfiguration } from '../config/index.ts';
import type { Procedure } from '../deployment/index.ts';
import type { DeploymentRow, ReleaseRow } from '../journal/index.ts';
import type { Comparison, HotWay, Lingering } from '../otp/index.ts';
import type { Offer } from '../source/index.ts';
import type { Console } from './console.ts';
import type { CronPlace } from './cron/index.ts';
import type { InstancePlan } from './instance-plan.ts';
import type { Instances } from './instances.ts';
import type { OpenConsoles } from './open-consoles.ts';
import type { AppSecrets } from './secrets.ts';

/** What is particular to a service, or to a site. */
export interface AppKind {
  secrets: AppSecrets;
  /** Who gets a secret that was changed, and how: the rest of a sentence. */
  secretsReach(): string;
  instances: InstancePlan;
  procedure(instances: Instances): Procedure;
  deployment: 'full' | 'site';
  /** The fingerprint of what the unit is started with: when it changes, the unit is restarted. */
  fingerprint(unit: string): string;
  /** Its units with their fingerprints, as they would be with a configuration of the same kind. */
  foreseeUnits(configuration: AppConfiguration): { unit: string; fingerprint: string }[];
  /** What a shell on a instance runs. */
  console(instances: Instances, unit: string): Promise<Console>;
  /** How a one-off command is run in the live release; a shell there where `argv` is empty. */
  command(argv: readonly string[]): Promise<Console>;
  /** Whether a deployment of the offer would upgrade instances in place; null where there is no such thing. */
  compare(offer: Offer, instances: Instances): Promise<Foreseen | null>;
  /** The same of a release that is on the disk already. */
  compareRelease(release: ReleaseRow, instances: Instances): Promise<Foreseen | null>;
  cron: CronPlace;
  /** Takes away what crashes left on the disk. Nothing runs yet. */
  sweep(): Promise<void>;
  /** Takes away releases that are no longer needed. All have left their names before this returns. */
  prune(options: PruneOptions): Promise<void>;
  /** A deployment has ended: nobody asks any more how what ran in it ended. */
  forget(deployment: DeploymentRow): Promise<void>;
}

/** A comparison of two releases, with what in the VMs has to end before they can get the code. */
export type Foreseen = Exclude<Comparison, HotWay> | (HotWay & { lingering: readonly LingeringOf[] });

/** Processes of one instance; `text` says what becomes of them, for a person. */
export type LingeringOf = Lingering & { unit: string; text: string };

export interface PruneOptions {
  /** Numbers of the releases that are in use. */
  inUse: readonly number[];
  freeBytes: number;
  /** Uid of the user that its processes run as, where that is another than the agent's. */
  users: readonly number[];
  instances: Instances;
  consoles: OpenConsoles;
}
