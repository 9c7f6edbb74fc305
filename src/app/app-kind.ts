import type { Procedure } from '../deployment/index.ts';
import type { DeploymentRow } from '../journal/index.ts';
import type { Comparison, Connection } from '../otp/index.ts';
import type { Offer } from '../source/index.ts';
import type { Console } from './console.ts';
import type { NodeStatus } from './node-status.ts';
import type { OpenConsoles } from './open-consoles.ts';
import type { ReplicaPlan, Replicas } from './replicas.ts';

/** What is particular to a service, or to a site. */
export interface AppKind {
  replicas: ReplicaPlan;
  procedure(replicas: Replicas): Procedure;
  deployment: 'full' | 'site';
  /** The fingerprint of what the unit is started with: when it changes, the unit is restarted. */
  fingerprint(unit: string): string;
  /** What a shell on a replica runs. */
  console(replicas: Replicas, unit: string): Promise<Console>;
  /** Whether a deployment of the offer would upgrade instances in place; null where there is no such thing. */
  compare(offer: Offer, replicas: Replicas): Promise<Comparison | null>;
  /** How the agent is connected to the node that a replica is; null where it is none. */
  node(unit: string): NodeStatus | null;
  /** @throws SlipwayError `usage` where a replica is no node; `otp_unreachable`, `otp_cookie` where it is not connected */
  connection(unit: string): Promise<Connection>;
  /** Another configuration is in force, or it is the first one. */
  reconfigured(): void;
  /** Lets go of what it holds of this host: the agent leaves, or the app is taken away. */
  detach(): void;
  /** Ends what runs beside the replicas: a person stopped the app. */
  stopOthers(reason: string): Promise<void>;
  /** Those beside the replicas that write logs. */
  otherLogs(): string[];
  /** Takes away what crashes left on the disk. Nothing runs yet. */
  sweep(): Promise<void>;
  /** Takes away releases that are no longer needed. All have left their names before this returns. */
  prune(options: PruneOptions): Promise<void>;
  /** A deployment has ended: nobody asks any more how what ran in it ended. */
  forget(deployment: DeploymentRow): Promise<void>;
}

export interface PruneOptions {
  /** Numbers of the releases that are in use. */
  inUse: readonly number[];
  freeBytes: number;
  /** Uid of the user that its processes run as, where that is another than the agent's. */
  users: readonly number[];
  replicas: Replicas;
  consoles: OpenConsoles;
}
