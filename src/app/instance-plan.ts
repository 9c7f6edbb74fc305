import type { ReleaseRow } from '../journal/index.ts';
import type { InstanceSettings, InstanceState, Launch, Run } from '../supervisor/index.ts';

/** What the instances of an app are: as the configuration in force has it at the moment of each call. */
export interface InstancePlan {
  /** Their names, in order: `1`, `2` of a service; `queue.1` of a site's worker. */
  units(): string[];
  /** Whether it is one of them, without a look at all. */
  has(unit: string): boolean;
  /** Whether 0 replicas of it are configured: of a worker, or, with null, of all there is. */
  isOfNone(worker: string | null): boolean;
  settings(unit: string, of?: { spare: boolean }): InstanceSettings;
  /** Puts the release in its place for the unit, and says how it is started. */
  prepare(release: ReleaseRow, of: UnitRuns & { spare: boolean; isSuccessor: boolean }): Promise<Launch>;
  /**
   * Why no second run may be beside that one for a while, with so many others that have just been started; null where it may, empty
   * where it is not meant to. Not there where it never is.
   */
  whyNotOverlap?(run: Run | null, beside: number): string | null;
  /** A successor stands for the unit from now on. May be done twice. */
  takenOver?(release: ReleaseRow, of: UnitRuns): Promise<void>;
}

export interface UnitRuns {
  unit: string;
  /** Ids of the runs that it has. */
  livingRuns: readonly string[];
}

export interface InstanceChange {
  unit: string;
  /** The slot of the one that serves: `1`, or `1b`. */
  slot: string;
  before: InstanceState;
  after: InstanceState;
}

export interface InstanceCrash {
  unit: string;
  release: number;
  reason: string;
}
